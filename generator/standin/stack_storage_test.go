package standin_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	tfjson "github.com/hashicorp/terraform-json"
)

// storageStack is a bucket with all that is set up for it, and a function that works
// with it.
func storageStack() stack {
	byID := idOf("id")
	constant := func(id string) func(map[string]any) string {
		return func(map[string]any) string { return id }
	}
	return stack{
		folder: "storage",
		ids: map[string]func(map[string]any) string{
			"aws_s3_bucket.b":                                      byID,
			"aws_s3_bucket_cors_configuration.b":                   byID,
			"aws_s3_bucket_lifecycle_configuration.b":              byID,
			"aws_s3_bucket_ownership_controls.b":                   byID,
			"aws_s3_bucket_policy.b":                               byID,
			"aws_s3_bucket_public_access_block.b":                  byID,
			"aws_s3_bucket_server_side_encryption_configuration.b": byID,
			"aws_s3_bucket_versioning.b":                           byID,
			"aws_cloudwatch_log_group.g":                           byID,
			"aws_iam_role.r":                                       byID,
			"aws_iam_role_policy.r":                                byID,
			"aws_lambda_function.f":                                byID,
			"aws_lambda_function_url.f":                            byID,
			"aws_lambda_permission.invoke":                         constant("standin/invoke"),
			"aws_lambda_permission.url":                            constant("standin/url"),
			"aws_s3_object.code":                                   byID,
			"aws_s3_object.text":                                   constant("s3://" + bucket + "/text"),
		},
		// Permissions have no tags and cannot change in place.
		fixed: []string{"aws_lambda_permission.invoke", "aws_lambda_permission.url"},
		replaced: []string{
			"aws_cloudwatch_log_group.g",
			"aws_iam_role.r",
			"aws_iam_role_policy.r",
			"aws_lambda_function.f",
			"aws_lambda_function_url.f",
			"aws_lambda_permission.invoke",
			"aws_lambda_permission.url",
			"aws_s3_bucket.b",
			"aws_s3_bucket_cors_configuration.b",
			"aws_s3_bucket_lifecycle_configuration.b",
			"aws_s3_bucket_ownership_controls.b",
			"aws_s3_bucket_policy.b",
			"aws_s3_bucket_public_access_block.b",
			"aws_s3_bucket_server_side_encryption_configuration.b",
			"aws_s3_bucket_versioning.b",
			"aws_s3_object.code",
			"aws_s3_object.text",
		},
		drift: map[string]drift{
			"bucket tags gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeleteBucketTagging(ctx, &s3.DeleteBucketTaggingInput{Bucket: aws.String(bucket)})
					return err
				}, "aws_s3_bucket.b", tfjson.ActionUpdate,
			},
			"public access block gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(bucket)})
					return err
				}, "aws_s3_bucket_public_access_block.b", tfjson.ActionCreate,
			},
			"CORS gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: aws.String(bucket)})
					return err
				}, "aws_s3_bucket_cors_configuration.b", tfjson.ActionCreate,
			},
			"other content": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).PutObject(ctx, &s3.PutObjectInput{
						Bucket: aws.String(bucket), Key: aws.String("text"), Body: strings.NewReader("other"),
					})
					return err
				}, "aws_s3_object.text", tfjson.ActionUpdate,
			},
			"inline policy gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := iam.NewFromConfig(c).DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
						RoleName: aws.String("standin"), PolicyName: aws.String("storage"),
					})
					return err
				}, "aws_iam_role_policy.r", tfjson.ActionCreate,
			},
			"trust of somebody else": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := iam.NewFromConfig(c).UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
						RoleName: aws.String("standin"),
						PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
							`"Action":"sts:AssumeRole","Principal":{"AWS":"` + account + `"}}]}`),
					})
					return err
				}, "aws_iam_role.r", tfjson.ActionUpdate,
			},
			"retention": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := cloudwatchlogs.NewFromConfig(c).DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{
						LogGroupName: aws.String("/aws/lambda/standin"),
					})
					return err
				}, "aws_cloudwatch_log_group.g", tfjson.ActionUpdate,
			},
			"memory": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := lambda.NewFromConfig(c).UpdateFunctionConfiguration(ctx, &lambda.UpdateFunctionConfigurationInput{
						FunctionName: aws.String("standin"), MemorySize: aws.Int32(1024),
					})
					return err
				}, "aws_lambda_function.f", tfjson.ActionUpdate,
			},
			"permission gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := lambda.NewFromConfig(c).RemovePermission(ctx, &lambda.RemovePermissionInput{
						FunctionName: aws.String("standin"), StatementId: aws.String("url"),
					})
					return err
				}, "aws_lambda_permission.url", tfjson.ActionCreate,
			},
			"objects of their writers": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).PutBucketOwnershipControls(ctx, &s3.PutBucketOwnershipControlsInput{
						Bucket: aws.String(bucket), OwnershipControls: &s3types.OwnershipControls{
							Rules: []s3types.OwnershipControlsRule{{ObjectOwnership: s3types.ObjectOwnershipObjectWriter}},
						},
					})
					return err
				}, "aws_s3_bucket_ownership_controls.b", tfjson.ActionUpdate,
			},
			"other encryption": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
						Bucket: aws.String(bucket), ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
							Rules: []s3types.ServerSideEncryptionRule{{
								ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAwsKms},
							}},
						},
					})
					return err
				}, "aws_s3_bucket_server_side_encryption_configuration.b", tfjson.ActionUpdate,
			},
			"versions suspended": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
						Bucket:                  aws.String(bucket),
						VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended},
					})
					return err
				}, "aws_s3_bucket_versioning.b", tfjson.ActionUpdate,
			},
			"nothing expires": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: aws.String(bucket)})
					return err
				}, "aws_s3_bucket_lifecycle_configuration.b", tfjson.ActionCreate,
			},
			"bucket policy gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: aws.String(bucket)})
					return err
				}, "aws_s3_bucket_policy.b", tfjson.ActionCreate,
			},
			"package gone": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := s3.NewFromConfig(c).DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("lambda/user.zip")})
					return err
				}, "aws_s3_object.code", tfjson.ActionCreate,
			},
			"callers from elsewhere": {
				func(ctx context.Context, c aws.Config, _ map[string]map[string]any) error {
					_, err := lambda.NewFromConfig(c).UpdateFunctionUrlConfig(ctx, &lambda.UpdateFunctionUrlConfigInput{
						FunctionName: aws.String("standin"), Cors: &lambdatypes.Cors{AllowOrigins: []string{"*"}},
					})
					return err
				}, "aws_lambda_function_url.f", tfjson.ActionUpdate,
			},
		},
		reads: append(bucketReads(), []string{
			"GetBucketOwnershipControls", "GetPublicAccessBlock", "HeadObject", "GetObjectTagging",
			"GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies",
			"GetFunction", "ListVersionsByFunction", "GetFunctionCodeSigningConfig", "GetFunctionUrlConfig", "GetPolicy",
			// 6.x asks for the tags of a log group by its ARN.
			"DescribeLogGroups", "ListTagsForResource",
			"GetCallerIdentity",
		}...),
		second: wantSecond,
		// Destroying empties the bucket of what Terraform does not know, too.
		litter: func(ctx context.Context, c aws.Config) error {
			_, err := s3.NewFromConfig(c).PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(bucket + "-2"), Key: aws.String("stray")})
			return err
		},
		gone: wantNoStorage,
	}
}

// wantSecond looks at values that come from AWS.
func wantSecond(t *testing.T, state map[string]map[string]any) {
	t.Helper()
	for _, want := range []struct{ address, attribute, value string }{
		{"aws_s3_bucket.b", "arn", "arn:aws:s3:::" + bucket},
		{"aws_s3_bucket.b", "bucket_regional_domain_name", bucket + ".s3.eu-west-2.amazonaws.com"},
		{"aws_s3_bucket.b", "region", region},
		{"aws_s3_object.text", "id", bucket + "/text"},
		{"aws_s3_object.code", "storage_class", "STANDARD"},
		{"aws_s3_bucket_lifecycle_configuration.b", "transition_default_minimum_object_size", "varies_by_storage_class"},
		{"aws_iam_role.r", "arn", "arn:aws:iam::" + account + ":role/standin"},
		{"aws_iam_role_policy.r", "id", "standin:storage"},
		{"aws_cloudwatch_log_group.g", "arn", "arn:aws:logs:eu-west-2:" + account + ":log-group:/aws/lambda/standin"},
		{"aws_lambda_function.f", "version", "1"},
		{"aws_lambda_function.f", "qualified_arn", "arn:aws:lambda:eu-west-2:" + account + ":function:standin:1"},
		{"aws_lambda_permission.url", "id", "url"},
		{"data.aws_caller_identity.current", "account_id", account},
		{"data.aws_region.current", "description", "Europe (London)"},
	} {
		if got := state[want.address][want.attribute]; got != want.value {
			t.Errorf("%s.%s is %v, want %s", want.address, want.attribute, got, want.value)
		}
	}
	function := state["aws_lambda_function.f"]
	if function["code_sha256"] != function["source_code_hash"] {
		t.Errorf("code is %v, want %v", function["code_sha256"], function["source_code_hash"])
	}
	url, _ := state["aws_lambda_function_url.f"]["function_url"].(string)
	id, _ := state["aws_lambda_function_url.f"]["url_id"].(string)
	if id == "" || url != "https://"+id+".lambda-url.eu-west-2.on.aws/" {
		t.Errorf("function_url %q, url_id %q", url, id)
	}
	tags, _ := state["aws_iam_role.r"]["tags_all"].(map[string]any)
	if tags["project"] != "q" || tags["environment"] != "qa" {
		t.Errorf("tags_all is %v", tags)
	}
}

func wantNoStorage(t *testing.T, c aws.Config) {
	t.Helper()
	ctx := t.Context()
	buckets, err := s3.NewFromConfig(c).ListBuckets(ctx, &s3.ListBucketsInput{})
	if err != nil || len(buckets.Buckets) > 0 {
		t.Errorf("buckets: %v, %v", buckets, err)
	}
	roles, err := iam.NewFromConfig(c).ListRoles(ctx, &iam.ListRolesInput{})
	if err != nil || len(roles.Roles) > 0 {
		t.Errorf("roles: %v, %v", roles, err)
	}
	functions, err := lambda.NewFromConfig(c).ListFunctions(ctx, &lambda.ListFunctionsInput{})
	if err != nil || len(functions.Functions) > 0 {
		t.Errorf("functions: %v, %v", functions, err)
	}
	groups, err := cloudwatchlogs.NewFromConfig(c).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	if err != nil || len(groups.LogGroups) > 0 {
		t.Errorf("log groups: %v, %v", groups, err)
	}
}

// bucketReads are the calls by which a bucket is read.
func bucketReads() []string {
	return []string{
		"HeadBucket", "GetBucketAccelerateConfiguration", "GetBucketAcl", "GetBucketCors", "GetBucketEncryption",
		"GetBucketLifecycleConfiguration", "GetBucketLogging", "GetObjectLockConfiguration", "GetBucketPolicy",
		"GetBucketReplication", "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
	}
}
