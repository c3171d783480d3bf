package environment_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/lambda/environment"
)

func python(t testing.TB, body string) *environment.Function {
	t.Helper()
	return function(t, "python3.12", "import os, sys, time, subprocess, ctypes, threading\ndef handler(event, context):\n"+indent(body))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := python(t, "while event:\n    pass\nreturn 'quick'")
		f.Timeout = 1500 * time.Millisecond
		out := invoke(t, p, f, "1")
		expectFailure(t, out, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: `, ` Error: Task timed out after 1.50 seconds"}`)
		for _, want := range []string{"\tStatus: timeout\n", "Duration: 1500.00 ms\t", " Task timed out after 1.50 seconds\n\n"} {
			if !strings.Contains(string(out.Log), want) {
				t.Errorf("the log %q has no %q", out.Log, want)
			}
		}
		if got := succeed(t, p, f, "0"); got != `"quick"` {
			t.Errorf("result %s", got)
		}
	})
}

// TestInitIsTriedAgain: what init does not do in time it does under the function's
// timeout, from the start (lambda.md, 3.2).
func TestInitIsTriedAgain(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "python3.12", "while True:\n    pass\n")
	f.Timeout = time.Second
	out := invoke(t, p, f, "{}")
	expectFailure(t, out, `Sandbox.Timedout`, `Task timed out after 1.00 seconds`)
	if !strings.Contains(string(out.Log), "INIT_REPORT Init Duration: 100") || !strings.Contains(string(out.Log), "\tPhase: init\tStatus: timeout\n") {
		t.Errorf("the log is %s", out.Log)
	}
	works(t, p)
}

func TestForkBomb(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := of(t, "provided.al2023", map[string]string{"bootstrap!": "#!/bin/sh\nbomb() { bomb | bomb & }; bomb; sleep 100\n"})
		f.Timeout, f.MemoryMB = time.Second, 128
		out := invoke(t, p, f, "{}")
		expectFailure(t, out)
		if kind := errorType(t, out); kind != "Sandbox.Timedout" && kind != "Runtime.ExitError" {
			t.Errorf("payload %s", out.Payload)
		}
		works(t, p)
	})
}

// TestProcessesEndWithTheirEnvironment: also those that left its process group.
func TestProcessesEndWithTheirEnvironment(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		mark := fmt.Sprintf("%d.%09d", 1000+os.Getpid(), time.Now().Nanosecond())
		f := python(t, "subprocess.Popen(['sleep', event], start_new_session=True)\ntime.sleep(100)")
		f.Timeout = time.Second
		expectFailure(t, invoke(t, p, f, `"`+mark+`"`), "Sandbox.Timedout")
		eventually(t, "the child ends", func() bool { return running("sleep\x00"+mark) == 0 })
	})
}

func TestMemory(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := python(t, "kept = []\nwhile event:\n    kept.append(bytearray(b'x' * (8 << 20)))\nreturn 'small'")
		f.MemoryMB = 128
		out := invoke(t, p, f, "1")
		expectFailure(t, out, `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `, ` Error: Runtime exited with error: signal: killed"}`)
		if !strings.Contains(string(out.Log), "\tStatus: error\tError Type: Runtime.OutOfMemory\n") || out.MaxMemoryMB < 128 {
			t.Errorf("%d MB, and the log is %s", out.MaxMemoryMB, out.Log)
		}
		if got := succeed(t, p, f, "0"); got != `"small"` {
			t.Errorf("result %s", got)
		}
	})
}

// TestMemoryAtOnce asks for more than the address space that is left.
func TestMemoryAtOnce(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := python(t, "return len(bytes(16 << 30))")
	expectFailure(t, invoke(t, p, f, "{}"), `"errorType": "MemoryError"`)
	works(t, p)
}

func TestGigabytesOfLog(t *testing.T) {
	t.Parallel()
	kept := &logs{}
	const limit = 1 << 20
	p := newPool(t, environment.Config{Sink: kept.add, MaxLog: limit})
	f := python(t, "line = 'x' * 999 + '\\n'\nwhile event:\n    sys.stdout.write(line * 1000)\nprint('last')\nreturn 'quiet'")
	f.Timeout = 2 * time.Second
	out := invoke(t, p, f, "1")
	expectFailure(t, out, "Sandbox.Timedout")
	if n := len(kept.String()); n < limit/2 || n > limit+4096 {
		t.Errorf("%d bytes of log were kept, of %d", n, limit)
	}
	if len(out.Log) > 4096 || !strings.Contains(kept.String(), "is not kept: it is larger than 1048576 bytes\n") {
		t.Errorf("the tail has %d bytes: %s", len(out.Log), out.Log)
	}
	if out := invoke(t, p, f, "0"); string(out.Payload) != `"quiet"` || !strings.Contains(string(out.Log), "last\n") {
		t.Errorf("result %s, log %s", out.Payload, out.Log)
	}
}

func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	const most = 6<<20 + 100
	for name, f := range map[string]*environment.Function{
		"python": python(t, "return 'x' * event"),
		"node":   function(t, "nodejs20.x", "export const handler = async (n) => 'x'.repeat(n)"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := succeed(t, p, f, fmt.Sprint(most-2)); len(got) != most {
				t.Errorf("%d bytes", len(got))
			}
			for _, size := range []int{most - 1, 10 << 20} {
				out := invoke(t, p, f, fmt.Sprint(size))
				expectFailure(t, out)
				if want := `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`; string(out.Payload) != want {
					t.Errorf("payload %.200s", out.Payload)
				}
			}
			if out := invoke(t, p, f, "1"); string(out.Payload) != `"x"` || out.InitDuration != 0 {
				t.Errorf("afterwards %s, init %s", out.Payload, out.InitDuration)
			}
		})
	}
}

// secretFile is one of the server's, which only the server may read.
func secretFile(t *testing.T) string {
	t.Helper()
	name := folder(t) + "/secret"
	if err := os.WriteFile(name, []byte("the server's"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestServersFilesAreOutOfReach(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := python(t, `
try:
    return open(event).read()
except OSError as e:
    return type(e).__name__`)
	for _, name := range []string{secretFile(t), "/etc/shadow", fmt.Sprintf("/proc/%d/environ", os.Getpid()), "/root/.bashrc", "/var/lib/dpkg/status"} {
		if got := succeed(t, p, f, `"`+name+`"`); got != `"FileNotFoundError"` {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := succeed(t, p, python(t, "return sorted(os.listdir(event))"), `"/"`); strings.Contains(got, "root") || strings.Contains(got, "home") {
		t.Errorf("/ has %s", got)
	}
}

// TestServersFilesWithoutBubblewrap: a user without rights still cannot read them.
// Where the server is not root there is no such user, and Capabilities says so.
func TestServersFilesWithoutBubblewrap(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{WithoutBubblewrap: true})
	f := python(t, `
try:
    return open(event).read()
except OSError as e:
    return type(e).__name__`)
	want := `"the server's"`
	if holds(p, environment.OwnUser) {
		want = `"PermissionError"`
	}
	if got := succeed(t, p, f, `"`+secretFile(t)+`"`); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOnlyTmpIsWritable(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := python(t, `
try:
    with open(event["name"], "wb") as to:
        to.write(b"x" * event["bytes"])
    return "written"
except OSError as e:
    return os.strerror(e.errno)`)
	f.TmpMB = 1
	for _, c := range []struct {
		name  string
		bytes int
		want  string
	}{
		{"/tmp/a", 1000, "written"}, {"/var/task/a", 1, "Read-only file system"}, {"/opt/a", 1, "Read-only file system"},
		{"/a", 1, "Read-only file system"}, {"/dev/shm/a", 1, "Read-only file system"}, {"/usr/a", 1, "Read-only file system"},
		{"/dev/null", 10, "written"}, {"/tmp/b", 1 << 20, "No space left on device"},
	} {
		payload, _ := json.Marshal(map[string]any{"name": c.name, "bytes": c.bytes})
		if got := succeed(t, p, f, string(payload)); got != `"`+c.want+`"` {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestWhatAProcessGets: no descriptors, rights, terminal or processes of ours.
func TestWhatAProcessGets(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := python(t, `
import resource
files = []
for n in os.listdir("/proc/self/fd"):
    try:
        files.append(os.readlink("/proc/self/fd/" + n).split(":")[0])
    except OSError:
        pass
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
limit = lambda which: resource.getrlimit(which)[1]
return {"files": sorted(files), "uid": os.getuid(), "groups": os.getgroups(), "caps": status["CapEff"] + status["CapPrm"],
  "nofile": limit(resource.RLIMIT_NOFILE), "nproc": limit(resource.RLIMIT_NPROC), "core": limit(resource.RLIMIT_CORE)}`)
		var got struct {
			Files               []string
			UID                 int
			Groups              []int
			Caps                string
			NoFile, NProc, Core int
		}
		if err := json.Unmarshal([]byte(succeed(t, p, f, "{}")), &got); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got.Files) != "[/dev/null pipe pipe socket]" {
			t.Errorf("open are %v", got.Files)
		}
		if got.UID == 0 || len(got.Groups) > 1 || strings.Trim(got.Caps, "0") != "" {
			t.Errorf("it is user %d with groups %v and capabilities %s", got.UID, got.Groups, got.Caps)
		}
		counted := holds(p, environment.OwnUser) || holds(p, environment.OwnProcesses)
		if got.NoFile != 1024 || counted && got.NProc != 1024 || got.Core != 0 {
			t.Errorf("limits: %d files, %d processes, cores of %d", got.NoFile, got.NProc, got.Core)
		}
	})
}

// TestOthersAreTurnedAway: the port can be found, but its events cannot be had.
func TestOthersAreTurnedAway(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		victim := python(t, "return os.environ['AWS_LAMBDA_RUNTIME_API']")
		var address string
		if err := json.Unmarshal([]byte(succeed(t, p, victim, "{}")), &address); err != nil {
			t.Fatal(err)
		}
		thief := python(t, `
import http.client
try:
    c = http.client.HTTPConnection(event, timeout=5)
    c.request("GET", "/2018-06-01/ping")
    return c.getresponse().status
except OSError as e:
    return type(e).__name__`)
		if got := succeed(t, p, thief, `"`+address+`"`); !strings.Contains(got, "Error") && !strings.Contains(got, "RemoteDisconnected") {
			t.Errorf("a stranger got %s", got)
		}
		var own string
		if err := json.Unmarshal([]byte(succeed(t, p, victim, "{}")), &own); err != nil || own != address {
			t.Errorf("the environment is at %s, was at %s: %v", own, address, err)
		}
		// Its own process may ask.
		self := python(t, `
import http.client
c = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=5)
c.request("GET", "/2018-06-01/ping")
return c.getresponse().read().decode()`)
		if got := succeed(t, p, self, "{}"); got != `"pong"` {
			t.Errorf("itself got %s", got)
		}
	})
}

// TestManyAskAtOnce: what a function opens to its Runtime API are descriptors of
// the server's, and what it sends there is held in the server's memory.
func TestManyAskAtOnce(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := python(t, `
import socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
held = []
def answered(text):
    s = socket.create_connection((host, int(port)), timeout=1)
    held.append(s)
    s.sendall(text)
    try:
        return len(s.recv(4096)) > 0
    except OSError:
        return False
ping = b"GET /2018-06-01/ping HTTP/1.1\r\nHost: r\r\n\r\n"
n = 0
while n < 100 and answered(ping):
    n += 1
return n`)
	f.Timeout = 30 * time.Second
	if got := succeed(t, p, f, "{}"); got != "31" {
		t.Errorf("%s connections beside its first were served", got)
	}
	works(t, p)
}

// TestNothingIsLeft: users have several environments in their time, and the next is
// not to find what one before left.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{WithoutBubblewrap: true})
	f := python(t, `
names = []
for folder in "/tmp", "/var/tmp", "/dev/shm":
    os.makedirs(folder + "/" + event + "/deep")
    with open(folder + "/" + event + "/deep/secret", "w") as file:
        file.write("left")
    names.append(folder + "/" + event)
return names`)
	mark := "left-" + rand.Text()
	var names []string
	if err := json.Unmarshal([]byte(succeed(t, p, f, `"`+mark+`"`)), &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		t.Cleanup(func() { os.RemoveAll(name) })
		if !exists(name) {
			t.Errorf("%s is not there: the test proves nothing", name)
		}
	}
	p.Retire(f.ARN)
	for _, name := range names {
		if holds(p, environment.OwnUser) && exists(name) {
			t.Errorf("%s is left", name)
		}
	}
}

func errorType(t *testing.T, out environment.Outcome) string {
	t.Helper()
	var e struct{ ErrorType string }
	if err := json.Unmarshal(out.Payload, &e); err != nil {
		t.Errorf("%s: %v", out.Payload, err)
	}
	return e.ErrorType
}

// running counts the processes of this host whose command line has a text.
func running(text string) (n int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline"); strings.Contains(string(line), text) {
			n++
		}
	}
	return n
}
