"""Uses the AWS endpoint that the environment names through boto3, and fails by an
exception where an answer is not AWS's. The argument is a package for a Python
function."""

import json
import sys
import urllib.parse

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

REGION = "eu-west-2"


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        assert e.response["Error"]["Code"] == code, e
    else:
        raise AssertionError(f"{call} is not refused with {code}")


def s3():
    client = boto3.client("s3")
    client.create_bucket(Bucket="python", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.get_waiter("bucket_exists").wait(Bucket="python")
    client.put_object(Bucket="python", Key="a b+ü", Body=b"hello", Metadata={"x": "y"}, ChecksumAlgorithm="SHA256")
    got = client.get_object(Bucket="python", Key="a b+ü", Range="bytes=1-2")
    assert got["Body"].read() == b"el" and got["Metadata"] == {"x": "y"}, got
    refused("PreconditionFailed", client.put_object, Bucket="python", Key="a b+ü", Body=b"", IfNoneMatch="*")
    # This body waits for "100 Continue", and must not be waited for.
    refused("NoSuchBucket", client.put_object, Bucket="nowhere", Key="a", Body=b"hello")
    refused("NoSuchKey", client.get_object, Bucket="python", Key="none")
    refused("404", client.head_object, Bucket="python", Key="none")

    bucket = boto3.resource("s3").Bucket("python")
    large = bytes(range(256)) * (12 << 12)
    with open("large", "wb") as file:
        file.write(large)
    bucket.upload_file("large", "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
    bucket.download_file("large", "back")
    with open("back", "rb") as file:
        assert file.read() == large
    assert client.head_object(Bucket="python", Key="large")["ETag"].endswith('-3"')
    client.copy_object(Bucket="python", Key="copy", CopySource={"Bucket": "python", "Key": "a b+ü"})
    keys = [o["Key"] for page in client.get_paginator("list_objects_v2").paginate(Bucket="python", PaginationConfig={"PageSize": 1}) for o in page["Contents"]]
    assert keys == ["a b+ü", "copy", "large"], keys
    link = urllib.parse.urlsplit(client.generate_presigned_url("put_object", Params={"Bucket": "python", "Key": "k"}, ExpiresIn=60))
    assert "X-Amz-Expires=60" in link.query or "Expires=" in link.query, link
    bucket.objects.all().delete()
    bucket.delete()
    client.get_waiter("bucket_not_exists").wait(Bucket="python")


def functions(package):
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam, functions, logs = boto3.client("iam"), boto3.client("lambda"), boto3.client("logs")
    role = iam.create_role(RoleName="python", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    assert role["AssumeRolePolicyDocument"] == trust, role
    iam.attach_role_policy(RoleName="python", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    with open(package, "rb") as file:
        functions.create_function(FunctionName="python", Runtime="python3.12", Handler="main.handle", Role=role["Arn"], Code={"ZipFile": file.read()})
    functions.get_waiter("function_active_v2").wait(FunctionName="python")
    out = functions.invoke(FunctionName="python", Payload=json.dumps({"name": "boto3"}))
    assert json.load(out["Payload"]) == "hello boto3" and "FunctionError" not in out, out
    refused("ResourceNotFoundException", functions.invoke, FunctionName="none")
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/aws/lambda/python")
    lines = [e["message"].strip() for page in pages for e in page["events"]]
    assert "greeting boto3" in lines, lines
    functions.delete_function(FunctionName="python")
    iam.detach_role_policy(RoleName="python", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    iam.delete_role(RoleName="python")
    refused("NoSuchEntity", iam.get_role, RoleName="python")


def secrets():
    parameters, secrets = boto3.client("ssm"), boto3.client("secretsmanager")
    parameters.put_parameter(Name="/python/p", Value="v", Type="SecureString")
    assert parameters.get_parameter(Name="/python/p", WithDecryption=True)["Parameter"]["Value"] == "v"
    refused("ParameterNotFound", parameters.get_parameter, Name="/python/none")
    secrets.create_secret(Name="python", SecretBinary=b"\x00\x01")
    assert secrets.get_secret_value(SecretId="python")["SecretBinary"] == b"\x00\x01"
    secrets.delete_secret(SecretId="python", ForceDeleteWithoutRecovery=True)
    refused("ResourceNotFoundException", secrets.get_secret_value, SecretId="python")


def identity():
    me = boto3.client("sts").get_caller_identity()
    assert me["Arn"] == f"arn:aws:iam::{me['Account']}:root", me
    policies = boto3.client("cloudfront").list_cache_policies(Type="managed")["CachePolicyList"]
    assert policies["Quantity"] > 0, policies
    assert boto3.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


identity()
s3()
secrets()
functions(sys.argv[1])
