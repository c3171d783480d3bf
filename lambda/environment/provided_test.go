package environment_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/internal/testbuild"
	"github.com/alberti-dev/alberti/lambda/environment"

	"os/exec"
)

// goFunction is the program of tools/lambdafunction, which speaks through AWS's
// runtime client for Go.
var goFunction = sync.OnceValues(func() (string, error) {
	source, err := testbuild.Folder(context.Background(), "lambdafunction")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "lambdafunction-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-C", source, "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(dir, "bootstrap"))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if _, err := testbuild.Run(cmd); err != nil {
		return "", err
	}
	program, err := os.ReadFile(filepath.Join(dir, "bootstrap"))
	return string(program), err
})

func providedFunction(t testing.TB) *environment.Function {
	t.Helper()
	program, err := goFunction()
	if err != nil {
		t.Fatal(err)
	}
	return of(t, "provided.al2023", map[string]string{"bootstrap!": program})
}

func TestProvided(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := providedFunction(t)
		for range 3 {
			in := invocation(f, `{"Step":"testSecret"}`)
			in.InvokedARN += ":live"
			in.ClientContext = `{"custom":{"a":"b"}}`
			out, err := p.Invoke(t.Context(), f, in)
			if err != nil || out.FunctionError != "" {
				t.Fatalf("%v %s\n%s", err, out.Payload, out.Log)
			}
			var got struct {
				Event, Client map[string]string
				ID, ARN       string
				Left          int64
			}
			if err := json.Unmarshal(out.Payload, &got); err != nil {
				t.Fatalf("%s: %v", out.Payload, err)
			}
			if got.Event["Step"] != "testSecret" || got.ID != in.RequestID || got.ARN != in.InvokedARN || got.Client["a"] != "b" || got.Left <= 0 {
				t.Errorf("answer %s", out.Payload)
			}
		}
		out := invoke(t, p, f, `{"fail":"on purpose"}`)
		expectFailure(t, out, `"errorMessage":"on purpose"`, `"errorType":"errorString"`)
		if out.InitDuration != 0 {
			t.Error("a failure cost the environment its life")
		}
	})
}

func TestProvidedFailures(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"no bootstrap": {map[string]string{"main": "x"},
			`Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`},
		"bootstrap that cannot be run": {map[string]string{"bootstrap": "#!/bin/sh\n"}, `Runtime.InvalidEntrypoint`},
		"bootstrap that exits":         {map[string]string{"bootstrap!": "#!/bin/sh\nexit 7\n"}, `Error: Runtime exited with error: exit status 7"}`},
		"bootstrap that ends":          {map[string]string{"bootstrap!": "#!/bin/sh\n"}, `Error: Runtime exited without providing a reason"}`},
		"bootstrap of another machine": {map[string]string{"bootstrap!": "\x7fELFnonsense"}, `Runtime.ExitError`},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 {
				expectFailure(t, invoke(t, p, of(t, "provided.al2023", c.files), "{}"), c.want)
			}
		})
	}
}

// TestBootstrapInLayer also runs the oldest of the two runtimes.
func TestBootstrapInLayer(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := providedFunction(t)
	f.Runtime = "provided.al2"
	f.Layers = append(f.Layers, f.Code)
	f.Code = fixed(archive(t, map[string]string{"readme": ""}))
	var got struct{ Arguments []string }
	if err := json.Unmarshal([]byte(succeed(t, p, f, "{}")), &got); err != nil || got.Arguments[0] != "/opt/bootstrap" {
		t.Errorf("%v %v", got, err)
	}
}

func TestExecWrapper(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := of(t, "python3.12", map[string]string{
		"index.py": "import os\ndef handler(event, context):\n    return os.environ['WRAPPED']\n",
		"wrapper!": "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n",
	})
	wrap(f, "/var/task/wrapper")
	if got := succeed(t, p, f, "{}"); got != `"yes"` {
		t.Errorf("result %s", got)
	}
	f.Revision = "2"
	wrap(f, "/opt/missing")
	expectFailure(t, invoke(t, p, f, "{}"), "Error: Runtime exited with error: exit status 127")
}
