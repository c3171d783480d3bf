package e2e_test

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// TestUsage: a mistake in how the program is called is one line and exit 2, and
// nothing is made.
func TestUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ env, args, says string }{
		{"", "serve --no-such-flag", "--no-such-flag"},
		{"", "no-such-command", "no-such-command"},
		{"", "rotation no-such-command", "no-such-command"},
		{"", "rotation show", "SECRET"},
		{"", "rotation start", "SECRET"},
		{"", "freeze add --to 2030-01-01 --reason x", "--from is needed"},
		{"", "freeze add --from 2029-01-01 --reason x", "--to is needed"},
		{"", "freeze add --from tomorrow --to 2030-01-01 --reason x", `--from "tomorrow" is neither a time`},
		{"", "freeze add --from 2029-01-01 --to 2030-01-01", "--reason is needed"},
		{"", "freeze add --from 2029-01-01 --to 2030-01-01 --reason x --tag red", `--tag "red" is not KEY=VALUE`},
		{"", "freeze add --from 2029-01-01 --to 2030-01-01 --reason x --tag a=b --match c", "do not go together"},
		{"", "freeze remove", "ID"},
		{"", "freeze remove seven", `"seven" is no ID`},
		{"", "serve stray", "usage: alberti serve"},
		{"", "serve --listen nowhere", "--listen"},
		{"", "serve --listen 127.0.0.1:99999", `"99999" is no port`},
		{"", "serve --listen 127.0.0.1:", `"" is no port`},
		{"", "serve --listen 0.0.0.0:0", "not loopback"},
		{"", "serve --listen :0", "not loopback"},
		{"", "serve --rotation-workers many", "--rotation-workers"},
		{"", "serve --rotation-workers 0", "--rotation-workers"},
		{"", "serve --rotation-retry 0s", "--rotation-retry"},
		{"", "serve --rotation-lease 10ms", "--rotation-lease"},
		{"", "serve --rotation-attempts 0", "--rotation-attempts"},
		{"", "serve --min-rotation-interval 30m", "--min-rotation-interval"},
		{"", "serve --rotation-spread=perhaps", "--rotation-spread"},
		{"", "serve --log-level loud", "--log-level"},
		{"", "serve --store mysql://db", "--store"},
		{"", "serve --store postgres://alberti:hidden@db:port/x", "--store: it is no URL"},
		{"", "serve --store postgres://alberti:hidden@db:99999/x", "--store: invalid port"},
		{"", "serve --store postgres://db/x?sslmode=perhaps", "--store: "},
		{"", "serve --tls-cert cert.pem", "--tls-key"},
		{"", "serve --tls-cert cert.pem --tls-key key.pem", "cert.pem: no such file"},
		{"", "serve --function-uid -5", "--function-uid"},
		{"", "serve --dev --listen 0.0.0.0:0 --insecure-listen", "--dev"},
		{"", "serve --dev --store postgres://db", "cannot share a test clock"},
		{"ALBERTI_DEV=true", "serve --listen :0 --insecure-listen", "--dev"},
		{"ALBERTI_LISTEN=0.0.0.0:0", "serve", "not loopback"},
		{"ALBERTI_ROTATION_WORKERS=many", "serve", "ALBERTI_ROTATION_WORKERS"},
		{"ALBERTI_ROTATION_STEP_TIMEOUT=5", "serve", "ALBERTI_ROTATION_STEP_TIMEOUT"},
		{"ALBERTI_INSECURE_LISTEN=perhaps", "serve", "ALBERTI_INSECURE_LISTEN"},
		{"ALBERTI_ROOT_ACCESS_KEY_ID=AKIAEXAMPLE", "serve", "ALBERTI_ROOT_SECRET_ACCESS_KEY"},
		{"ALBERTI_ROOT_SECRET_ACCESS_KEY=secret", "serve", "ALBERTI_ROOT_ACCESS_KEY_ID"},
		{"PASSWORD_LENGTH=short", "serve", "PASSWORD_LENGTH"},
	} {
		data := filepath.Join(t.TempDir(), "data")
		runProgram(t, []string{"ALBERTI_DATA=" + data, c.env}, strings.Fields(c.args)...).refused(t, 2, c.says)
		if _, err := os.Stat(data); !os.IsNotExist(err) {
			t.Errorf("%s %s made a data directory: %v", c.env, c.args, err)
		}
	}
}

// TestFlagsFromEnvironment takes a setting from the environment, and the flag
// where both are given.
func TestFlagsFromEnvironment(t *testing.T) {
	t.Parallel()
	s := newServer(t, "--log-level", "error")
	s.Env = []string{"ALBERTI_ROOT_KEY=" + filepath.Join(t.TempDir(), "key"), "ALBERTI_LOG_LEVEL=loud", "ALBERTI_LISTEN=0.0.0.0:0"}
	s.Start()
	if _, err := os.Stat(filepath.Join(s.Data, "root.key")); !os.IsNotExist(err) {
		t.Errorf("ALBERTI_ROOT_KEY was not heard: %v", err)
	}
	if host := s.host(); host != "127.0.0.1" {
		t.Errorf("it listens on %s", host)
	}
}

func (s *server) host() string {
	s.t.Helper()
	_, address, _ := strings.Cut(s.URL, "://")
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		s.t.Fatal(err)
	}
	return host
}

func TestInsecureListen(t *testing.T) {
	t.Parallel()
	s := serve(t, "--listen", "0.0.0.0:0", "--insecure-listen")
	create(t, s.Client(), "reachable", "x")
	s.Stop()
}

func TestHealth(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if r := s.Get(path); r.status != 200 || r.body != want {
			t.Errorf("%s answers %d %q", path, r.status, r.body)
		}
	}
}

// TestDataDirectory: nothing that the server makes is anybody else's to read.
func TestDataDirectory(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create(t, s.Client(), "one", "x")
	found := map[string]bool{}
	err := filepath.WalkDir(s.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %v", path, info.Mode())
		}
		found[d.Name()] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"root.key", "aws-config", "aws-credentials", "alberti.db", "audit"} {
		if !found[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestRootKeyPlace: a root key beside the data is warned of, once a start.
func TestRootKeyPlace(t *testing.T) {
	t.Parallel()
	const warning = "root key lies beside"
	beside := serve(t)
	create(t, beside.Client(), "one", "x")
	if n := strings.Count(beside.stderr.String(), warning); n != 1 {
		t.Errorf("warned %d times of a key beside the data", n)
	}
	key := filepath.Join(t.TempDir(), "elsewhere.key")
	away := serve(t, "--root-key", key)
	create(t, away.Client(), "one", "x")
	away.Restart()
	if got := value(t, away.Client(), "one"); got != "x" {
		t.Errorf("after a restart: %q", got)
	}
	if log := away.stderr.String(); log != "" {
		t.Errorf("with the key elsewhere:\n%s", log)
	}
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key is %v, %v", info, err)
	}
}

func TestSecondProcess(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.Run("serve", "--listen", "127.0.0.1:0").refused(t, 1, "data directory "+s.Data+" is in use by another alberti process")
	create(t, s.Client(), "still-served", "x")
	s.Stop()
	s.Start()
}

// TestAddressInUse: the second server says so, and leaves nothing in the way of
// another start.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := newServer(t)
	s.Run("serve", "--listen", l.Addr().String()).refused(t, 1, "address already in use")
}

// TestRootAccessKey takes the root user's access key from the environment, at
// the first start only.
func TestRootAccessKey(t *testing.T) {
	t.Parallel()
	const id, text = "AKIATESTTESTTESTTEST", "a-secret-that-was-chosen-by-an-operator"
	key := func(id, text string) []string {
		return []string{"ALBERTI_ROOT_ACCESS_KEY_ID=" + id, "ALBERTI_ROOT_SECRET_ACCESS_KEY=" + text}
	}
	s := newServer(t)
	s.Env = key(id, text)
	s.Start()
	create(t, s.Client(), "one", "x")
	s.Stop()
	s.Env = key("AKIAOTHEROTHEROTHERO", "another")
	s.Start()
	e, err := app.ReadEndpoint(s.Data)
	if err != nil || e.AccessKeyID != id || string(e.SecretAccessKey) != text {
		t.Errorf("the key is %s, %v", e.AccessKeyID, err)
	}
	if got := value(t, s.Client(), "one"); got != "x" {
		t.Errorf("got %q", got)
	}
	if strings.Contains(s.stderr.String(), text) {
		t.Error("the log tells the secret access key")
	}
}

// TestUnusableRootAccessKey: an id is a part of what is signed, and both are lines
// of a file.
func TestUnusableRootAccessKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, text, says string }{
		{"a/key", "text", "ALBERTI_ROOT_ACCESS_KEY_ID may have"},
		{"a key", "text", "ALBERTI_ROOT_ACCESS_KEY_ID may have"},
		{"key", "a text", "ALBERTI_ROOT_SECRET_ACCESS_KEY may have"},
		{"key", "text\nregion = mars", "ALBERTI_ROOT_SECRET_ACCESS_KEY may have"},
	} {
		s := newServer(t)
		s.Env = []string{"ALBERTI_ROOT_ACCESS_KEY_ID=" + c.id, "ALBERTI_ROOT_SECRET_ACCESS_KEY=" + c.text}
		s.Run("serve").refused(t, 2, c.says)
	}
}

// TestEnvIsQuoted: what a shell evaluates is the key, whatever characters it has.
func TestEnvIsQuoted(t *testing.T) {
	t.Parallel()
	const text = `it's;$(id)"&|<x>*`
	s := newServer(t)
	s.Env = []string{"ALBERTI_ROOT_ACCESS_KEY_ID=local", "ALBERTI_ROOT_SECRET_ACCESS_KEY=" + text}
	s.Start()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", s.Run("env").ok(t)+`printf %s "$AWS_SECRET_ACCESS_KEY"`).Output()
	if err != nil || string(out) != text {
		t.Errorf("the shell has %q, %v", out, err)
	}
	if _, err := s.Client().ListSecrets(t.Context(), &sdk.ListSecretsInput{}); err != nil {
		t.Error(err)
	}
}

// TestMadeRootAccessKey: without one it is made, stays, and is in AWS's form.
func TestMadeRootAccessKey(t *testing.T) {
	t.Parallel()
	s := serve(t)
	first, err := app.ReadEndpoint(s.Data)
	if err != nil || !strings.HasPrefix(first.AccessKeyID, "AKIA") || len(first.AccessKeyID) != 20 || len(string(first.SecretAccessKey)) != 40 {
		t.Errorf("the key is %s, %v", first.AccessKeyID, err)
	}
	s.Restart()
	if second, err := app.ReadEndpoint(s.Data); err != nil || second.AccessKeyID != first.AccessKeyID || second.SecretAccessKey != first.SecretAccessKey {
		t.Errorf("the key changed with a restart: %v", err)
	}
	if _, err := s.Client().ListSecrets(t.Context(), &sdk.ListSecretsInput{}); err != nil {
		t.Error(err)
	}
}

// TestStopLeavesOneFile: of a server that has stopped, alberti.db is the whole
// store, and can be copied.
func TestStopLeavesOneFile(t *testing.T) {
	t.Parallel()
	s := newServer(t, "--root-key", filepath.Join(t.TempDir(), "root.key"))
	s.Start()
	create(t, s.Client(), "one", "x")
	s.Stop()
	for _, end := range []string{"-wal", "-shm"} {
		if _, err := os.Stat(filepath.Join(s.Data, "alberti.db"+end)); !os.IsNotExist(err) {
			t.Errorf("alberti.db%s is left: %v", end, err)
		}
	}
	text, err := os.ReadFile(filepath.Join(s.Data, "alberti.db"))
	if err != nil {
		t.Fatal(err)
	}
	s.Data = t.TempDir()
	replace(t, filepath.Join(s.Data, "alberti.db"), text)
	s.Start()
	if got := value(t, s.Client(), "one"); got != "x" {
		t.Errorf("the copy holds %q", got)
	}
}

// TestStopUnderLoad: SIGTERM ends the server in ten seconds, whatever clients do.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create(t, s.Client(), "one", "x") // leaves an idle connection
	address := strings.TrimPrefix(s.URL, "http://")
	slow, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	// Half a request: its body never comes.
	fmt.Fprintf(slow, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 100\r\n\r\n{\"SecretId\":", address)
	began := time.Now()
	s.process.Signal(syscall.SIGTERM)
	s.waitEnd(stopLimit)
	if code := s.process.State().ExitCode(); code != 0 {
		t.Errorf("exit %d after %v\n%s", code, time.Since(began), s.stderr.String())
	}
}

// TestStopWithRotation: one that waits for a database that does not answer does
// not hold the server up, and resumes after the next start.
func TestStopWithRotation(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := serve(t)
	r := s.rotatingFor(single, p.Via(newUser(t)), p.Via(administrator(t)))
	reached, release := make(chan bool, 1), make(chan bool)
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("ALTER ROLE", "PASSWORD") {
			reached <- true
			<-release
			return pgproxy.Verdict{Fate: pgproxy.Lost}
		}
		return pgproxy.Verdict{}
	})
	r.Rotate()
	<-reached
	s.mayErr = true // it says that the rotation was interrupted
	s.Stop()
	p.Watch(nil)
	close(release)
	s.Start()
	r.Succeeds()
	r.Rotated(r.First)
}
