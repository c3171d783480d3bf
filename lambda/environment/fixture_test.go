package environment_test

import (
	"archive/zip"
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// archive is a zip of files by name; those that end in ! can be run.
func archive(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		h := &zip.FileHeader{Name: strings.TrimSuffix(name, "!"), Method: zip.Deflate}
		h.SetMode(0o644)
		if strings.HasSuffix(name, "!") {
			h.SetMode(0o755)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fixed(b []byte) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return b, nil }
}

// function is one whose only file is index.py, index.mjs or what else the runtime needs.
func function(t testing.TB, runtime, source string) *environment.Function {
	t.Helper()
	name := map[bool]string{true: "index.mjs", false: "index.py"}[strings.HasPrefix(runtime, "nodejs")]
	return of(t, runtime, map[string]string{name: source})
}

func of(t testing.TB, runtime string, files map[string]string) *environment.Function {
	t.Helper()
	return plain(runtime, archive(t, files))
}

func plain(runtime string, code []byte) *environment.Function {
	name := "f-" + uuid.NewString()
	return &environment.Function{
		ARN: "arn:aws:lambda:eu-west-1:123456789012:function:" + name, Name: name, Version: "$LATEST",
		Runtime: runtime, Handler: "index.handler", Timeout: 20 * time.Second, MemoryMB: 256, TmpMB: 512, Revision: "1",
		Code: fixed(code),
		Env: func(context.Context) (map[string]string, time.Time, error) {
			return map[string]string{"COLOUR": "green", "AWS_REGION": "nowhere", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}, time.Time{}, nil
		},
	}
}

// logs collects the lines of all streams.
type logs struct {
	mu    sync.Mutex
	lines []environment.LogLine
}

func (l *logs) add(line environment.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *logs) all() []environment.LogLine {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]environment.LogLine(nil), l.lines...)
}

func (l *logs) String() string {
	var b strings.Builder
	for _, line := range l.all() {
		b.WriteString(line.Message)
	}
	return b.String()
}

// folder is one that other users can get into, as t.TempDir's cannot be.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "environment-")
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// newPool starts a pool that ends with the test, and leaves nothing behind.
func newPool(t testing.TB, c environment.Config) *environment.Pool {
	t.Helper()
	c.Dir = folder(t)
	p, err := environment.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, end := context.WithTimeout(context.Background(), 10*time.Second)
		defer end()
		if err := p.Close(ctx); err != nil {
			t.Errorf("Close: %v", err)
		}
		for _, name := range []string{"/code", "/environments"} {
			if left, err := os.ReadDir(c.Dir + name); err != nil || len(left) > 0 {
				t.Errorf("%s holds %v after Close (%v)", name, left, err)
			}
		}
	})
	return p
}

// eachIsolation runs a test with bubblewrap, which install-deps brings, and without.
func eachIsolation(t *testing.T, c environment.Config, test func(t *testing.T, p *environment.Pool)) {
	t.Helper()
	for name, without := range map[string]bool{"bubblewrap": false, "bare": true} {
		t.Run(name, func(t *testing.T) {
			c.WithoutBubblewrap = without
			p := newPool(t, c)
			if holds(p, environment.OwnFiles) == without {
				t.Fatalf("capabilities: %+v", p.Capabilities())
			}
			test(t, p)
		})
	}
}

// holds tells whether a pool has a capability.
func holds(p *environment.Pool, name string) bool {
	for _, c := range p.Capabilities() {
		if c.Name == name {
			return c.Holds
		}
	}
	return false
}

// invoke runs a function once, which must be possible.
func invoke(t testing.TB, p *environment.Pool, f *environment.Function, payload string) environment.Outcome {
	t.Helper()
	out, err := p.Invoke(t.Context(), f, invocation(f, payload))
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	return out
}

func invocation(f *environment.Function, payload string) environment.Invocation {
	return environment.Invocation{RequestID: uuid.NewString(), InvokedARN: f.ARN, Payload: []byte(payload)}
}

// succeed runs a function and gives its result.
func succeed(t testing.TB, p *environment.Pool, f *environment.Function, payload string) string {
	t.Helper()
	out := invoke(t, p, f, payload)
	if out.FunctionError != "" {
		t.Fatalf("failed: %s\n%s", out.Payload, out.Log)
	}
	return string(out.Payload)
}

// expectFailure checks that an invocation failed with a text.
func expectFailure(t testing.TB, out environment.Outcome, parts ...string) {
	t.Helper()
	if out.FunctionError != "Unhandled" {
		t.Errorf("FunctionError %q, want Unhandled: %s", out.FunctionError, out.Payload)
	}
	for _, part := range parts {
		if !strings.Contains(string(out.Payload), part) {
			t.Errorf("payload %s, want %s in it\n%s", out.Payload, part, out.Log)
		}
	}
}

// works checks that a pool still runs functions.
func works(t testing.TB, p *environment.Pool) {
	t.Helper()
	f := function(t, "python3.12", "def handler(event, context):\n    return event + 1\n")
	if got := succeed(t, p, f, "41"); got != "42" {
		t.Errorf("result %s, want 42", got)
	}
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil || !os.IsNotExist(err)
}

// wrap sets a function's exec wrapper.
func wrap(f *environment.Function, wrapper string) {
	f.Env = func(context.Context) (map[string]string, time.Time, error) {
		return map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": wrapper}, time.Time{}, nil
	}
}
