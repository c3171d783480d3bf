package environment_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda/environment"
)

// counting answers with a number of its own for each environment and the calls of
// that; it waits for as many seconds as it is told.
const counting = `
import os, time
me, calls = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"], 0
def handler(event, context):
    global calls
    calls += 1
    time.sleep(event)
    return {"Environment": me, "Calls": calls}
`

type count struct {
	Environment string
	Calls       int
}

func counted(t testing.TB, payload string) (c count) {
	t.Helper()
	if err := json.Unmarshal([]byte(payload), &c); err != nil {
		t.Errorf("%s: %v", payload, err)
	}
	return c
}

func TestConcurrentInvocations(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", counting)
		var mu sync.Mutex
		seen := map[string]bool{}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				out, err := p.Invoke(t.Context(), f, invocation(f, "0.5"))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				seen[counted(t, string(out.Payload)).Environment] = true
			})
		}
		all.Wait()
		if len(seen) != 4 {
			t.Errorf("4 invocations at the same time ran in %d environments", len(seen))
		}
		if c := counted(t, succeed(t, p, f, "0")); !seen[c.Environment] || c.Calls != 2 {
			t.Errorf("the next ran in %+v, not in a warm one", c)
		}
	})
}

// held invokes a function whose code does not come before release.
func held(t *testing.T, p *environment.Pool, f *environment.Function) (release func()) {
	t.Helper()
	asked, free, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	source := f.Code
	f.Code = func(ctx context.Context) ([]byte, error) {
		close(asked)
		<-free
		return source(ctx)
	}
	go func() {
		defer close(done)
		if out, err := p.Invoke(t.Context(), f, invocation(f, "0")); err != nil || out.FunctionError != "" {
			t.Errorf("%v %s", err, out.Payload)
		}
	}()
	<-asked
	return func() {
		close(free)
		<-done
	}
}

func TestConcurrencyIsLimited(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{MaxEnvironments: 2})
	reserved, second, third := function(t, "python3.12", counting), function(t, "python3.12", counting), function(t, "python3.12", counting)
	reserved.Concurrency = 1
	release := held(t, p, reserved)
	if _, err := p.Invoke(t.Context(), reserved, invocation(reserved, "0")); !errors.Is(err, environment.ErrFunctionBusy) || fault.KindOf(err) != fault.Throttled {
		t.Errorf("a second invocation of a function with one: %v", err)
	}
	succeed(t, p, second, "0")
	succeed(t, p, third, "0") // takes the place of the idle one
	releaseSecond := held(t, p, second)
	if _, err := p.Invoke(t.Context(), third, invocation(third, "0")); !errors.Is(err, environment.ErrPoolBusy) {
		t.Errorf("a third environment of two: %v", err)
	}
	release()
	releaseSecond()
	works(t, p)
}

// TestForemostHaveRoom: ordinary invocations leave a quarter of the environments
// to those that must not wait for them.
func TestForemostHaveRoom(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{MaxEnvironments: 4})
	var release []func()
	for range 3 {
		release = append(release, held(t, p, function(t, "python3.12", counting)))
	}
	f := function(t, "python3.12", counting)
	if _, err := p.Invoke(t.Context(), f, invocation(f, "0")); !errors.Is(err, environment.ErrPoolBusy) {
		t.Errorf("a fourth ordinary invocation of four environments: %v", err)
	}
	foremost := invocation(f, "0")
	foremost.Foremost = true
	if out, err := p.Invoke(t.Context(), f, foremost); err != nil || out.FunctionError != "" {
		t.Errorf("a foremost one: %v %s", err, out.Payload)
	}
	for _, end := range release {
		end()
	}
	works(t, p)
}

// TestUpdateUnderLoad changes the code while it is invoked: every invocation gets
// an answer, of the revision that it asked for, and the old environments end.
func TestUpdateUnderLoad(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", "")
		revision := func(n int64) *environment.Function {
			g := *f
			g.Revision = strconv.FormatInt(n, 10)
			g.Code = fixed(archive(t, map[string]string{"index.py": fmt.Sprintf("import time\ndef handler(event, context):\n    time.sleep(0.005)\n    return %d\n", n)}))
			return &g
		}
		var current atomic.Pointer[environment.Function]
		current.Store(revision(0))
		ctx, stop := context.WithCancel(t.Context())
		var all sync.WaitGroup
		var answers atomic.Int64
		for range 3 {
			all.Go(func() {
				for ctx.Err() == nil {
					g := current.Load()
					out, err := p.Invoke(t.Context(), g, invocation(g, "{}"))
					if err != nil || out.FunctionError != "" || string(out.Payload) != g.Revision {
						t.Errorf("revision %s: %v %s\n%s", g.Revision, err, out.Payload, out.Log)
						return
					}
					answers.Add(1)
				}
			})
		}
		for n := range int64(5) {
			had := answers.Load()
			current.Store(revision(n + 1))
			eventually(t, "more answers", func() bool { return answers.Load() > had+20 || t.Failed() })
		}
		stop()
		all.Wait()
	})
}

// clock is one that only the test moves.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time {
	return time.Unix(1_800_000_000, 0).Add(time.Duration(c.ahead.Load()))
}
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// pidsOf are the processes of the environment with a log stream.
func pidsOf(mark string) (all []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if vars, _ := os.ReadFile("/proc/" + e.Name() + "/environ"); strings.Contains(string(vars), "AWS_LAMBDA_LOG_STREAM_NAME="+mark+"\x00") {
				all = append(all, pid)
			}
		}
	}
	return all
}

func TestIdleEnvironmentsEnd(t *testing.T) {
	t.Parallel()
	c := &clock{}
	eachIsolation(t, environment.Config{Now: c.now, IdleAfter: time.Minute}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", counting)
		first := counted(t, succeed(t, p, f, "0"))
		c.advance(59 * time.Second)
		if again := counted(t, succeed(t, p, f, "0")); again.Environment != first.Environment {
			t.Error("an environment ended before its time")
		}
		c.advance(time.Minute)
		eventually(t, "the idle process ends", func() bool { return len(pidsOf(first.Environment)) == 0 })
		if next := counted(t, succeed(t, p, f, "0")); next.Environment == first.Environment || next.Calls != 1 {
			t.Errorf("then %+v", next)
		}
	})
}

func TestExpiredCredentialsAreRenewed(t *testing.T) {
	t.Parallel()
	c := &clock{}
	p := newPool(t, environment.Config{Now: c.now, IdleAfter: time.Hour})
	f := function(t, "python3.12", "import os\ndef handler(event, context):\n    return os.environ['KEY']\n")
	n := 0
	f.Env = func(context.Context) (map[string]string, time.Time, error) {
		n++
		return map[string]string{"KEY": strconv.Itoa(n)}, c.now().Add(time.Minute), nil
	}
	for _, want := range []string{`"1"`, `"1"`, `"2"`} {
		if got := succeed(t, p, f, "{}"); got != want {
			t.Errorf("key %s, want %s", got, want)
		}
		c.advance(30 * time.Second)
	}
}

func TestKilledBetweenInvocations(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "python3.12", counting)
		for range 3 {
			first := counted(t, succeed(t, p, f, "0"))
			pids := pidsOf(first.Environment)
			process, err := os.FindProcess(pids[len(pids)-1]) // the function itself
			if err != nil || process.Kill() != nil {
				t.Fatalf("kill %v: %v", pids, err)
			}
			for _, pid := range pids {
				eventually(t, "it ends", func() bool { return !exists(fmt.Sprintf("/proc/%d", pid)) })
			}
			if next := counted(t, succeed(t, p, f, "0")); next.Environment == first.Environment || next.Calls != 1 {
				t.Errorf("after the kill: %+v", next)
			}
		}
	})
}

// TestExitsAfterItsAnswer: each invocation gets an answer, or is told why not.
func TestExitsAfterItsAnswer(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "python3.12", "import os, threading\ndef handler(event, context):\n    threading.Timer(0.01, os._exit, (1,)).start()\n    return 'done'\n")
	for range 10 {
		out := invoke(t, p, f, "{}")
		// The event may have been taken when it exits; then the caller is told so.
		if string(out.Payload) != `"done"` && errorType(t, out) != "Runtime.ExitError" {
			t.Errorf("payload %s", out.Payload)
		}
	}
}

func TestRetire(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "python3.12", counting)
	first := counted(t, succeed(t, p, f, "0"))
	p.Retire(f.ARN)
	if len(pidsOf(first.Environment)) != 0 {
		t.Error("a retired environment still runs")
	}
	if next := counted(t, succeed(t, p, f, "0")); next.Environment == first.Environment {
		t.Error("a retired environment was used")
	}
}

// TestCallerGoesAway: the function is not left to work for nobody.
func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	started := make(chan string, 1)
	p := newPool(t, environment.Config{Sink: func(l environment.LogLine) {
		if strings.HasPrefix(l.Message, "working") {
			started <- l.Stream
		}
	}})
	f := python(t, "print('working')\ntime.sleep(100)")
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := p.Invoke(ctx, f, invocation(f, "{}"))
		ended <- err
	}()
	stream := <-started
	leave()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if len(pidsOf(stream)) != 0 {
		t.Error("the function works on")
	}
	works(t, p)
}

func TestCloseLetsAnswer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	working := make(chan struct{}, 1)
	p, err := environment.New(environment.Config{Dir: dir, Sink: func(l environment.LogLine) {
		if strings.HasPrefix(l.Message, "working") {
			working <- struct{}{}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	f := python(t, "print('working')\ntime.sleep(0.5)\nreturn 'done'")
	answer := make(chan environment.Outcome, 1)
	go func() {
		out, err := p.Invoke(context.Background(), f, invocation(f, "{}"))
		if err != nil {
			t.Error(err)
		}
		answer <- out
	}()
	<-working
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if out := <-answer; string(out.Payload) != `"done"` {
		t.Errorf("payload %s", out.Payload)
	}
	if _, err := p.Invoke(t.Context(), f, invocation(f, "{}")); err == nil {
		t.Error("a pool that is closed runs functions")
	}
}

// TestPoolsDoNotShareUsers: each may end whatever runs as one of its own.
func TestPoolsDoNotShareUsers(t *testing.T) {
	t.Parallel()
	users := map[string]bool{}
	for range 3 {
		p := newPool(t, environment.Config{WithoutBubblewrap: true})
		if !holds(p, environment.OwnUser) {
			return // then all functions run as the same user, and say so
		}
		users[succeed(t, p, python(t, "return os.getuid()"), "{}")] = true
	}
	if len(users) != 3 {
		t.Errorf("3 pools have the users %v", users)
	}
}

func TestMissingInterpreter(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{InterpreterPaths: []string{folder(t)}})
	for runtime, want := range map[string]string{
		"python3.12": "The runtime python3.12 cannot be run here: this host has none of python3.12, python3 that a function may run, in /",
		"nodejs22.x": "The runtime nodejs22.x cannot be run here: this host has none of node22, node, nodejs that a function may run, in /",
		"java21":     "The runtime java21 cannot be run here: functions run on python3.x, nodejs and provided.al2 or provided.al2023",
	} {
		f := function(t, runtime, "")
		_, err := p.Invoke(t.Context(), f, invocation(f, "{}"))
		if fault.KindOf(err) != fault.InvalidRuntime || !strings.HasPrefix(fault.Message(err), want) {
			t.Errorf("%s: %v", runtime, err)
		}
	}
	succeed(t, p, providedFunction(t), "{}")
}
