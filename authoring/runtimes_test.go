package authoring_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/alberti-dev/alberti/internal/functiontest"
	"github.com/alberti-dev/alberti/internal/process"
)

// callPython is what Lambda's runtime does, with boto3 at hand. The function writes
// as root here, not as a role of its own, so it has to send the RotationToken: a
// boto3 that is too old to is helped.
const callPython = `
import json, sys
sys.path.insert(0, ".")
import lambda_function as f

event = json.load(sys.stdin)

def add(params, **_):
    params["body"] = json.dumps({**json.loads(params["body"]), "RotationToken": event["RotationToken"]}).encode()

f.secrets.meta.events.register("before-call.secrets-manager.PutSecretValue", add)
f.lambda_handler(event, None)
`

func python(t *testing.T, s *functiontest.Server, engine string) handle {
	dir := write(t, "python", engine)
	env := append(s.Env("SECRETS_MANAGER_ENDPOINT"), "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	interpreter := ""
	for _, path := range []string{"python3", "/usr/bin/python3"} {
		if interpreter == "" && functiontest.Command(t.Context(), dir, env, nil, path, "-c", "import lambda_function") == nil {
			interpreter = path
		}
	}
	if interpreter == "" {
		t.Fatal("no python3 has all that the function needs: install it, as script/install-deps does")
	}
	return func(ctx context.Context, event []byte) error {
		return functiontest.Command(ctx, dir, env, event, interpreter, "-c", callPython)
	}
}

// nodejs runs a function with what npm installed for it.
func nodejs(t *testing.T, s *functiontest.Server, engine string) handle {
	dir := write(t, "nodejs", engine)
	const call = `const { handler } = await import("./index.mjs");
		let event = ""; for await (const part of process.stdin) event += part;
		await handler(JSON.parse(event))`
	installed(t, dir)
	// Node before 20, which is Debian's, tries only the first address of localhost, and
	// that is ::1 on most machines; the targets of the tests listen on 127.0.0.1.
	env := append(s.Env("AWS_ENDPOINT_URL"), "PATH="+os.Getenv("PATH"), "NODE_OPTIONS=--dns-result-order=ipv4first")
	return func(ctx context.Context, event []byte) error {
		return functiontest.Command(ctx, dir, env, event, "node", "--input-type=module", "--eval", call)
	}
}

// bootstrap builds a program for provided.al2023 and starts it, once for all
// events, behind a Runtime API.
func bootstrap(t *testing.T, s *functiontest.Server, engine string) handle {
	program := filepath.Join(t.TempDir(), "bootstrap")
	run(t, filepath.Join("templates", "go", engine), "env", "CGO_ENABLED=0", "go", "build", "-tags", "lambda.norpc", "-o", program, ".")
	api := functiontest.ServeRuntimeAPI(t)
	cmd := exec.Command(program)
	output := &process.Output{}
	cmd.Env, cmd.Stderr = append(s.Env("SECRETS_MANAGER_ENDPOINT"), "AWS_LAMBDA_RUNTIME_API="+api.Address), output
	p, err := process.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("the function's log:\n%s", output.String())
		}
	})
	return api.Invoke
}
