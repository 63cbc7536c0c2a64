"""The function that the tests of the Python runtime deploy: each event tells it what
to do."""

import decimal
import json
import logging
import os
import sys
import time


def handler(event, context):
    return globals()[event["do"]](event, context)


def answer(event, context):
    return event["answer"]


def describe(event, context):
    client = context.client_context
    return {
        "name": context.function_name, "version": context.function_version, "memory": context.memory_limit_in_mb,
        "arn": context.invoked_function_arn, "id": context.aws_request_id, "group": context.log_group_name,
        "stream": context.log_stream_name, "left": context.get_remaining_time_in_millis(),
        "client": client and [client.custom, client.client.app_title], "trace": os.environ["_X_AMZN_TRACE_ID"],
        "identity": context.identity.cognito_identity_id,
    }


def machine(event, context):
    return {
        "path": sys.path, "argv": sys.argv[1:], "environ": dict(os.environ), "cwd": os.getcwd(),
        "modules": sorted(m for m in sys.modules if "site-packages" in str(getattr(sys.modules[m], "__file__", ""))),
    }


def fail(event, context):
    raise ValueError(event["text"])


def leave(event, context):
    exit(event["code"])


def strange(event, context):
    return {"set": {1}}


def amount(event, context):
    return decimal.Decimal("1.5")


def text(event, context):
    return "zażółć \U0001f600"


def speak(event, context):
    print("printed")
    print("to stderr", file=sys.stderr)
    logging.getLogger().warning("warned\nof two lines")
    logging.getLogger("app").info("not shown")
    try:
        json.loads("{")
    except ValueError:
        logging.getLogger("app").error("caught", exc_info=True, extra={"order": 7})


def wait(event, context):
    time.sleep(60)


def dependency(event, context):
    import dep
    import early
    return [dep.where, early.where, os.path.basename(os.path.dirname(dep.__file__))]


def credentials(event, context):
    import urllib.request
    request = urllib.request.Request(os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    request.add_header("Authorization", os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    with urllib.request.urlopen(request) as response:
        return json.load(response)
