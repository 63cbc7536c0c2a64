"""The Python runtime of the local cloud: it loads a function's handler and serves it
the events that the Runtime API of Lambda hands out.

It is started by the local cloud, isolated, with the folder that stands for /opt as
its argument (empty without layers) and Lambda's environment variables. Messages and
error types are those of AWS's runtime.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import http.client
import importlib
import json
import logging
import os
import site
import sys
import time
import traceback
import types

API = "/2018-06-01/runtime"
TASK = os.environ["LAMBDA_TASK_ROOT"]
OPT = sys.argv[1]
RUNTIME = os.environ["AWS_EXECUTION_ENV"].rpartition("_")[2]  # as python3.13
SNAP_START = os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start"
JSON_LOG = os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON"

# What AWS's runtime brings along beyond the standard library, and this one does not.
ONLY_ON_AWS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")

LOG = sys.stdout  # what a function later makes of sys.stdout is its own business


class Fault(Exception):
    """A failure that has a type of Lambda's own."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.kind, self.stack = kind, list(stack)


def as_on_aws(text):
    """Shows paths of the function's files as they are on AWS."""
    text = text.replace(TASK + "/", "/var/task/")
    return text.replace(OPT + "/", "/opt/") if OPT else text


def stack_of(error):
    """The calls that led to an error, without those of this file."""
    frames = [f for f in traceback.extract_tb(error.__traceback__)
              if f.filename != __file__ and not f.filename.startswith("<frozen importlib")]
    return [as_on_aws(line) for line in traceback.format_list(frames)]


def describe(error, request_id):
    """An error as the answer to an invocation."""
    if isinstance(error, Fault):
        kind, stack = error.kind, error.stack
    else:
        kind, stack = type(error).__name__, stack_of(error)
    return {"errorMessage": as_on_aws(str(error)), "errorType": kind,
            "requestId": request_id, "stackTrace": stack}


def write_log(text):
    """Writes one event: a line break would begin another one."""
    LOG.write(text.replace("\n", "\r") + "\n")


def log_failure(failure):
    if JSON_LOG:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        write_log(json.dumps({"timestamp": stamp, "log_level": "ERROR", **failure}))
        return
    lines = ["[ERROR] %s: %s" % (failure["errorType"], failure["errorMessage"])]
    if failure["stackTrace"]:
        lines += ["Traceback (most recent call last):"] + [s.rstrip("\n") for s in failure["stackTrace"]]
    write_log("\n".join(lines))


class TextFormatter(logging.Formatter):
    converter = time.gmtime

    def __init__(self):
        super().__init__("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s",
                         "%Y-%m-%dT%H:%M:%S")

    def format(self, record):
        return as_on_aws(super().format(record))


class JSONFormatter(logging.Formatter):
    converter = time.gmtime
    standard = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id"}

    def format(self, record):
        entry = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"), "level": record.levelname,
            "message": record.getMessage(), "logger": record.name,
        }
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            entry.update(errorType=type(error).__name__, errorMessage=str(error), stackTrace=stack_of(error))
        if record.aws_request_id:
            entry["requestId"] = record.aws_request_id
        for name, value in vars(record).items():
            if name not in self.standard:
                entry.setdefault(name, value)
        return json.dumps(entry, ensure_ascii=False, default=str)


class LogHandler(logging.Handler):
    request_id = ""

    def emit(self, record):
        record.aws_request_id = self.request_id
        try:
            write_log(self.format(record))
        except Exception:
            self.handleError(record)


def set_up_logging():
    handler = LogHandler()
    handler.setFormatter(JSONFormatter() if JSON_LOG else TextFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
    if JSON_LOG and level:
        root.setLevel({"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(level, level))
    return handler


def set_up_paths():
    """Puts the function's package first, then layers, then the standard library."""
    paths = [TASK] + [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    if OPT:
        paths += [os.path.join(OPT, "python", "lib", RUNTIME, "site-packages"), os.path.join(OPT, "python")]
    sys.path[:0] = paths
    sys.argv[1:] = []


def set_up_builtins():
    """Adds what a Python that does not look for site packages leaves out."""
    site.setquit()
    site.setcopyright()
    site.sethelper()


class SnapshotHooks:
    """The functions to run around a snapshot, offered as the module that AWS has.
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-python.html
    """

    def __init__(self):
        self.before, self.after = [], []
        module = types.ModuleType("snapshot_restore_py")
        module.register_before_snapshot = lambda f, *a, **k: self.before.insert(0, (f, a, k)) or f
        module.register_after_restore = lambda f, *a, **k: self.after.append((f, a, k)) or f
        module.get_before_snapshot = lambda: self.before
        module.get_after_restore = lambda: self.after
        sys.modules[module.__name__] = module

    def run(self):
        for function, args, named in self.before + self.after:
            function(*args, **named)


def load(handler):
    """Finds the handler, as package.module.function or package/module.function."""
    name, dot, function = handler.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName",
                    "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % handler)
    if name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % name)
    try:
        module = importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        if (error.name or "").partition(".")[0] in ONLY_ON_AWS:
            write_log("[WARNING] AWS's Python runtime has %s; the local cloud's has only the standard library: "
                      "add it to the package or to a layer." % error.name)
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (name, error)) from error
    except SyntaxError as error:
        where = '  File "%s" Line %s\n    %s\n' % (error.filename, error.lineno, (error.text or "").rstrip("\n"))
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (name, error),
                    [as_on_aws(where)]) from error
    try:
        return getattr(module, function)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function, name)) from None


class Context:
    """What a handler can learn about its invocation.
    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, header):
        self.aws_request_id = header["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = header["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = types.SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        given = json.loads(header.get("Lambda-Runtime-Client-Context") or "null")
        if given:
            self.client_context = types.SimpleNamespace(
                custom=given.get("custom"), env=given.get("env"),
                client=types.SimpleNamespace(**given.get("client") or {}))
        self._deadline = int(header["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        write_log(str(message))


def handle(handler, event, header):
    """Runs the handler on an event and gives back its answer as JSON."""
    try:
        event = json.loads(event)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from error
    answer = handler(event, Context(header))
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error


class Client:
    """Talks to the Runtime API over one connection."""

    def __init__(self):
        self.connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def call(self, method, path, body=None, header=None):
        self.connection.request(method, API + path, body, header or {})
        response = self.connection.getresponse()
        return response.headers, response.read()

    def fail(self, path, error, request_id=""):
        failure = describe(error, request_id)
        log_failure(failure)
        self.call("POST", path, json.dumps(failure).encode(), {
            "Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": failure["errorType"]})


def main():
    client, hooks = Client(), SnapshotHooks()
    set_up_builtins()
    set_up_paths()
    log_handler = set_up_logging()
    try:
        handler = load(os.environ["_HANDLER"])
        if SNAP_START:
            hooks.run()
    except Exception as error:
        client.fail("/init/error", error)
        sys.exit(1)
    while True:
        header, event = client.call("GET", "/invocation/next")
        request_id = log_handler.request_id = header["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = header.get("Lambda-Runtime-Trace-Id", "")
        try:
            answer = handle(handler, event, header)
        except Exception as error:
            client.fail("/invocation/%s/error" % request_id, error, request_id)
        else:
            client.call("POST", "/invocation/%s/response" % request_id, answer, {"Content-Type": "application/json"})


main()
