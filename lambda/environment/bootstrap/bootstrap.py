"""Alberti's Python runtime: runs a Lambda handler over the Runtime API.

Standard library only, for any Python from 3.8 on. What users see of it (errors,
log lines, context) is what AWS's own runtime shows (lambda.md, 2.7, 3.1, 3.4).
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import re
import sys
import time
import traceback
import types
import uuid

API = "/2018-06-01/runtime"
NBSP = "\u00a0"
NUMBER = uuid.uuid4().hex  # marks decimals on their way through json


class Fault(Exception):
    """A handler that cannot be loaded; kind is the errorType."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.trace = kind, list(trace)


class Runtime:
    """The Runtime API, over one connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)

    def call(self, method, path, body=None, headers={}):
        self.connection.request(method, API + path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def next(self):
        status, headers, body = self.call("GET", "/invocation/next")
        if status != 200:
            raise SystemExit("the Runtime API answered %d to next" % status)
        return headers, body

    def fail(self, path, error):
        kind = error["errorType"]
        body = json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace")
        self.call("POST", path, body, {"Content-Type": "application/json", "Lambda-Runtime-Function-Error-Type": kind})


class Identity:
    def __init__(self, of):
        self.cognito_identity_id = of.get("cognitoIdentityId")
        self.cognito_identity_pool_id = of.get("cognitoIdentityPoolId")


class Context:
    """What a handler gets as its second argument."""

    def __init__(self, headers):
        env = os.environ
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = env["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = env["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = env["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = env["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = client_context(headers.get("Lambda-Runtime-Client-Context"))
        self.identity = Identity(json.loads(headers.get("Lambda-Runtime-Cognito-Identity") or "{}"))
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))


def client_context(text):
    if not text:
        return None
    given = json.loads(text)
    made = types.SimpleNamespace(custom=given.get("custom"), env=given.get("env"), client=None)
    if given.get("client"):
        names = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")
        made.client = types.SimpleNamespace(**{name: given["client"].get(name) for name in names})
    return made


class RequestID(logging.Filter):
    """Gives log records the request id, which the format names."""

    current = ""

    def filter(self, record):
        record.aws_request_id = RequestID.current
        return True


def set_up_logging():
    out = logging.StreamHandler(sys.stdout)
    form = logging.Formatter("[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    out.setFormatter(form)
    out.addFilter(RequestID())
    out.terminator = ""
    logging.getLogger().addHandler(out)


def search_path():
    """The code, then layers, then what the host has; see lambda.md, 3.3."""
    here = os.path.dirname(os.path.abspath(__file__))
    opt = sys.argv[1]
    version = "python%d.%d" % sys.version_info[:2]
    own = [os.environ["LAMBDA_TASK_ROOT"], opt + "/python/lib/" + version + "/site-packages", opt + "/python"]
    sys.path[:] = own + [p for p in sys.path if p not in own and p != here] + [here]


def load(name):
    try:
        module_name, attribute = name.rsplit(".", 1)
    except ValueError as e:
        raise Fault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, e))
    module_name = module_name.replace("/", ".")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name)
    try:
        module = importlib.import_module(module_name)
    except ImportError as e:
        raise Fault("Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, e))
    except SyntaxError as e:
        where = '  File "%s" Line %s\n    %s' % (e.filename, e.lineno, e.text or "")
        raise Fault("Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, e), [where])
    if not hasattr(module, attribute):
        raise Fault("Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (attribute, module_name))
    return getattr(module, attribute)


def encode(result):
    """The result as JSON, decimals as numbers; bytes are given back as they are."""
    if isinstance(result, bytes):
        return result

    def other(value):
        if isinstance(value, decimal.Decimal):
            return NUMBER + str(value)
        raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)

    try:
        text = json.dumps(result, ensure_ascii=sys.version_info < (3, 12), default=other)
        return re.sub('"' + NUMBER + '([^"]*)"', r"\1", text).encode("utf-8")
    except Exception as e:
        raise Fault("Runtime.MarshalError", "Unable to marshal response: %s" % e)


def describe(error, request_id):
    """An exception as the caller gets it, without our own frames."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [i for i, frame in enumerate(frames) if frame.filename != __file__]
        kind, trace = type(error).__name__, traceback.format_list(frames[own[0]:] if own else [])
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}


def log_error(error):
    """One log event: lines are parted by carriage returns, indented by spaces that do not break."""
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"]), "Traceback (most recent call last):"]
    for entry in error["stackTrace"]:
        for line in entry.splitlines():
            text = line.lstrip(" ")
            lines.append(NBSP * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines).replace("\n", "\r") + "\n")


def answer(runtime, handler, headers, body):
    """One invocation."""
    request_id = headers["Lambda-Runtime-Aws-Request-Id"]
    RequestID.current = request_id
    os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
    at = "/invocation/" + request_id
    try:
        try:
            event = json.loads(body.decode("utf-8"))
        except Exception as e:
            raise Fault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % e)
        result = encode(handler(event, Context(headers)))
    except Exception as e:
        error = describe(e, request_id)
        log_error(error)
        runtime.fail(at + "/error", error)
        return
    # An answer that is too large is refused; the caller has been told by then.
    runtime.call("POST", at + "/response", result, {"Content-Type": "application/json"})


def main():
    sys.stdout = sys.stderr = os.fdopen(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    sys.stdout.reconfigure(write_through=True)
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    search_path()
    set_up_logging()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as e:
        error = describe(e, "")
        log_error(error)
        runtime.fail("/init/error", error)
        sys.exit(1)
    while True:
        answer(runtime, handler, *runtime.next())


if __name__ == "__main__":
    main()
