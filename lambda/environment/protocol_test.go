package environment_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// client is the start of bootstraps that speak the Runtime API by hand.
const client = `#!/usr/bin/env python3
import base64, http.client, json, os, sys
connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
def call(method, path, body=None, **headers):
    connection.request(method, "/2018-06-01/runtime" + path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    r = connection.getresponse()
    return r.status, dict(r.headers), r.read().decode()
def next():
    status, headers, event = call("GET", "/invocation/next")
    return "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"], headers, event
`

func bootstrap(t testing.TB, source string) *environment.Function {
	t.Helper()
	return of(t, "provided.al2023", map[string]string{"bootstrap!": client + source})
}

// TestRuntimeAPI holds what a process hears when it keeps to the protocol and
// when it does not against lambda.md, 3.1.
func TestRuntimeAPI(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := bootstrap(t, `
at, headers, event = next()
call("POST", at + "/response", "null")
at, headers, event = next()
heard = [
    call("POST", "/invocation/another/response", "1"), call("GET", "/invocation/next"), call("POST", "/init/error", "{}"),
]
first = call("POST", at + "/response", json.dumps({"headers": headers, "event": event, "heard": [[h[0], h[2]] for h in heard]}))
second = call("POST", at + "/response", "2")
at, headers, event = next()
call("POST", at + "/response", json.dumps([[h[0], h[2]] for h in (first, second)]))
next()
`)
	succeed(t, p, f, "{}")
	in := invocation(f, `{"n":2}`)
	in.ClientContext, in.InvokedARN = `{"custom":{}}`, f.ARN+":live"
	out, err := p.Invoke(t.Context(), f, in)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Headers map[string]string
		Event   string
		Heard   [][2]any
	}
	if err := json.Unmarshal(out.Payload, &got); err != nil {
		t.Fatalf("%s: %v", out.Payload, err)
	}
	for name, want := range map[string]string{
		"Lambda-Runtime-Aws-Request-Id": in.RequestID, "Lambda-Runtime-Invoked-Function-Arn": in.InvokedARN,
		"Lambda-Runtime-Client-Context": in.ClientContext, "Content-Type": "application/json",
	} {
		if got.Headers[name] != want {
			t.Errorf("%s: %q, want %q", name, got.Headers[name], want)
		}
	}
	if !strings.HasPrefix(got.Headers["Lambda-Runtime-Trace-Id"], "Root=1-") || len(got.Headers["Lambda-Runtime-Deadline-Ms"]) != 13 || got.Event != `{"n":2}` {
		t.Errorf("heard %+v", got)
	}
	for i, want := range []string{
		`400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`,
		`403 {"errorMessage":"Transition from the current state to next is not allowed","errorType":"InvalidStateTransition"}`,
		`403 {"errorMessage":"Transition from the current state to init error is not allowed","errorType":"InvalidStateTransition"}`,
	} {
		expectHeard(t, got.Heard[i], want)
	}
	var ends [][2]any
	if err := json.Unmarshal([]byte(succeed(t, p, f, "{}")), &ends); err != nil {
		t.Fatal(err)
	}
	expectHeard(t, ends[0], `202 {"status":"OK"}`+"\n")
	expectHeard(t, ends[1], `400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`)
}

func expectHeard(t *testing.T, heard [2]any, want string) {
	t.Helper()
	if status, text, _ := strings.Cut(want, " "); heard[0] != map[string]float64{"202": 202, "400": 400, "403": 403}[status] || heard[1] != text {
		t.Errorf("heard %v, want %s", heard, want)
	}
}

// TestOwnWordsOfRuntimes: what a runtime posts goes to the caller as it is.
func TestOwnWordsOfRuntimes(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct{ source, payload, failed string }{
		"an answer of any bytes": {`call("POST", next()[0] + "/response", "no  json"); next()`, "no  json", ""},
		"an answer that looks like an error": {`call("POST", next()[0] + "/response", '{"errorType":"x","errorMessage":"y"}'); next()`,
			`{"errorType":"x","errorMessage":"y"}`, ""},
		"an error":         {`call("POST", next()[0] + "/error", "my  words", Lambda_Runtime_Function_Error_Type="Function.Mine"); next()`, "my  words", "Unhandled"},
		"an error in init": {`call("POST", "/init/error", '{"a": 1}'); sys.exit(1)`, `{"a": 1}`, "Unhandled"},
		"a stream that fails": {`
at = next()[0]
connection.putrequest("POST", "/2018-06-01/runtime" + at + "/response")
for name, value in (("Transfer-Encoding", "chunked"), ("Trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")):
    connection.putheader(name, value)
connection.endheaders()
body = base64.b64encode(b"half way").decode()
connection.send(b"4\r\nhalf\r\n0\r\nLambda-Runtime-Function-Error-Type: Function.Late\r\nLambda-Runtime-Function-Error-Body: " + body.encode() + b"\r\n\r\n")
connection.getresponse().read()
next()`, "half way", "Unhandled"},
	} {
		t.Run(name, func(t *testing.T) {
			out := invoke(t, p, bootstrap(t, c.source), "{}")
			if string(out.Payload) != c.payload || out.FunctionError != c.failed {
				t.Errorf("%q %s, want %q %s\n%s", out.Payload, out.FunctionError, c.payload, c.failed, out.Log)
			}
		})
	}
}

// TestSilentAfterItsAnswer: an environment that does not ask for more is not kept,
// and its caller has the answer all the same.
func TestSilentAfterItsAnswer(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := bootstrap(t, "import time\ncall('POST', next()[0] + '/response', '1')\ntime.sleep(100)\n")
	f.Timeout = 1e9
	for range 2 {
		if out := invoke(t, p, f, "{}"); string(out.Payload) != "1" || out.InitDuration == 0 {
			t.Errorf("payload %s, init %s", out.Payload, out.InitDuration)
		}
	}
}
