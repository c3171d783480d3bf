package environment_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

func TestPython(t *testing.T) {
	t.Parallel()
	kept := &logs{}
	eachIsolation(t, environment.Config{Sink: kept.add}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", `
import os, logging, decimal
print("loaded")
calls = 0
def handler(event, context):
    global calls
    calls += 1
    logging.getLogger().warning("careful")
    return {"event": event, "calls": calls, "price": decimal.Decimal("1.10"),
        "id": context.aws_request_id, "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(), "env": dict(os.environ), "cwd": os.getcwd(), "root": os.environ["LAMBDA_TASK_ROOT"]}
`)
		type result struct {
			Event           map[string]string
			Calls, Left     int
			Price           json.Number
			ID, ARN, Memory string
			Env             map[string]string
			CWD, Root       string
		}
		for call := 1; call <= 3; call++ {
			out := invoke(t, p, f, `{"Step":"createSecret"}`)
			var got result
			if err := json.Unmarshal(out.Payload, &got); err != nil {
				t.Fatalf("%s: %v", out.Payload, err)
			}
			if got.Event["Step"] != "createSecret" || got.Calls != call || got.Price != "1.10" || got.ARN != f.ARN || got.Memory != "256" || got.CWD != got.Root {
				t.Errorf("call %d: %s", call, out.Payload)
			}
			if got.Left < 15_000 || got.Left > 20_000 {
				t.Errorf("%d ms remain of 20 s", got.Left)
			}
			checkVariables(t, got.Env, f)
			checkLog(t, string(out.Log), got.ID, call == 1)
			if (out.InitDuration > 0) != (call == 1) || out.Duration <= 0 || out.MaxMemoryMB < 5 {
				t.Errorf("call %d: init %s, duration %s, %d MB", call, out.InitDuration, out.Duration, out.MaxMemoryMB)
			}
		}
		if text := kept.String(); !strings.Contains(text, "loaded\n") || !strings.HasPrefix(text, "INIT_START Runtime Version: python:") {
			t.Errorf("the sink has %s", text)
		}
	})
}

// checkVariables compares with lambda.md, 3.3: nothing of the server's may be there.
func checkVariables(t *testing.T, env map[string]string, f *environment.Function) {
	t.Helper()
	for name, want := range map[string]string{
		"COLOUR": "green", "AWS_LAMBDA_FUNCTION_NAME": f.Name, "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
		"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12", "_HANDLER": "index.handler", "TZ": ":UTC", "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/" + f.Name,
	} {
		if env[name] != want {
			t.Errorf("%s=%q, want %q", name, env[name], want)
		}
	}
	for _, name := range []string{"HOME", "USER", "GOPATH", "GOROOT", "SHELL"} {
		if value, ok := env[name]; ok {
			t.Errorf("%s=%q came from the server", name, value)
		}
	}
	if !regexp.MustCompile(`^\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}$`).MatchString(env["AWS_LAMBDA_LOG_STREAM_NAME"]) {
		t.Errorf("stream %q", env["AWS_LAMBDA_LOG_STREAM_NAME"])
	}
}

// checkLog compares with lambda.md, 3.5.
func checkLog(t *testing.T, log, id string, cold bool) {
	t.Helper()
	init := ""
	if cold {
		init = `Init Duration: \d+\.\d\d ms\t`
	}
	pattern := `START RequestId: ID Version: \$LATEST\n\[WARNING\]\t\S+Z\tID\tcareful\nEND RequestId: ID\n` +
		`REPORT RequestId: ID\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tMax Memory Used: \d+ MB\t` + init + `\n$`
	if !regexp.MustCompile(strings.ReplaceAll(pattern, "ID", id)).MatchString(log) {
		t.Errorf("the log is %q", log)
	}
}

func TestPythonFailures(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct {
		source, handler string
		want            []string
	}{
		"exception": {"def handler(event, context):\n    raise ValueError('no such \"user\"')\n", "",
			[]string{`{"errorMessage": "no such \"user\"", "errorType": "ValueError", "requestId": "`, `"stackTrace": ["  File \"/var/task/index.py\", line 2, in handler\n    raise ValueError('no such \"user\"')\n"]}`}},
		"import": {"import nothing_like_it\n", "",
			[]string{`"errorMessage": "Unable to import module 'index': No module named 'nothing_like_it'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []`}},
		"raises in init": {"raise RuntimeError('not today')\n", "", []string{`{"errorMessage": "not today", "errorType": "RuntimeError", "requestId": ""`, `importlib`}},
		"syntax":         {"def handler(:\n", "", []string{`"errorType": "Runtime.UserCodeSyntaxError"`, `Syntax error in module 'index'`}},
		"no handler":     {"x = 1\n", "", []string{`"errorMessage": "Handler 'handler' missing on module 'index'", "errorType": "Runtime.HandlerNotFound"`}},
		"no module":      {"", "other.handler", []string{`Unable to import module 'other': No module named 'other'`}},
		"bad name":       {"", "index", []string{`Bad handler 'index': not enough values to unpack (expected 2, got 1)`, "Runtime.MalformedHandlerName"}},
		"built-in":       {"", "sys.exit", []string{`Runtime.BuiltInModuleConflict`, "Cannot use built-in module sys as a handler module"}},
		"no JSON":        {"def handler(event, context):\n    return {1, 2}\n", "", []string{`Unable to marshal response: Object of type set is not JSON serializable`, "Runtime.MarshalError"}},
		"exit 0":         {"import sys\ndef handler(event, context):\n    sys.exit(0)\n", "", []string{`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `, `Error: Runtime exited without providing a reason"}`}},
		"exit 3":         {"import os\ndef handler(event, context):\n    os._exit(3)\n", "", []string{`Error: Runtime exited with error: exit status 3"}`}},
		"exit in init":   {"import os\nos._exit(4)\n", "", []string{`Runtime.ExitError`, `Error: Runtime exited with error: exit status 4"}`}},
		"segfault":       {"import os, signal\ndef handler(event, context):\n    os.kill(os.getpid(), signal.SIGSEGV)\n", "", []string{`Runtime exited with error: signal: segmentation fault"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			f := function(t, "python3.12", c.source)
			if c.handler != "" {
				f.Handler = c.handler
			}
			for range 2 {
				expectFailure(t, invoke(t, p, f, "{}"), c.want...)
			}
		})
	}
	works(t, p)
}

func TestPythonLayers(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", "import first, second\ndef handler(event, context):\n    return first.name + second.name\n")
		layer := func(files map[string]string) { f.Layers = append(f.Layers, fixed(archive(t, files))) }
		layer(map[string]string{"python/first.py": "name = 'old'", "python/second.py": "name = ' and kept'"})
		layer(map[string]string{"python/first.py": "name = 'new'"})
		if got := succeed(t, p, f, "{}"); got != `"new and kept"` {
			t.Errorf("result %s", got)
		}
	})
}

// TestHostBoto3 is what AWS's own rotation functions need: they bring no boto3.
func TestHostBoto3(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{InterpreterPaths: []string{"/usr/bin"}})
	f := function(t, "python3.12", `
import boto3
def handler(event, context):
    return boto3.client("secretsmanager", endpoint_url="http://127.0.0.1:1").meta.region_name
`)
	f.Handler = "index.handler"
	if got := succeed(t, p, f, "{}"); got != `"eu-west-1"` {
		t.Errorf("region %s", got)
	}
}
