package e2e_test

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/store"
)

// logged is a function's log, written to the store of a server as another server
// on the same store would.
type logged struct {
	s      *server
	writer *logs.Writer
	group  logs.Group
}

func newLogged(t *testing.T, function string) *logged {
	t.Helper()
	where := newStore(t)
	s := serve(t, "--store", where)
	st, err := store.Open(t.Context(), store.Config{Where: where, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	root, err := keyring.OpenLocal(filepath.Join(s.Data, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	ring := keyring.New(root, func(ctx context.Context, id string) (keyring.Key, error) {
		wrapped, err := st.KMSKeyByID(ctx, id)
		return keyring.Key{ID: id, Wrapped: wrapped}, err
	})
	l := &logged{s, logs.NewWriter(logs.WriterConfig{
		Store: st, Ring: ring, Limit: 10 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}), logs.Group{Account: app.Account, Region: app.DefaultRegion, Name: "/aws/lambda/" + function}}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.writer.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

const logStream = "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef"

func (l *logged) Print(lines ...string) {
	for _, line := range lines {
		l.writer.Write(l.group, logStream, time.Now(), line)
	}
}

// secondCLI is an AWS CLI of version 2, the first to have aws logs tail.
func secondCLI(t *testing.T) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		path := filepath.Join(dir, "aws")
		if out, err := exec.Command(path, "--version").CombinedOutput(); err == nil && strings.HasPrefix(string(out), "aws-cli/2") {
			return path
		}
	}
	t.Fatal("there is no AWS CLI of version 2: install one, as script/install-deps does")
	return ""
}

// following runs a command that goes on printing, and gives its lines.
func following(t *testing.T, cmd *exec.Cmd) (next func(want string)) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		for range lines { // which ends with the process
		}
		cmd.Wait()
	})
	return func(want string) {
		t.Helper()
		select {
		case line, ok := <-lines:
			if !ok || !strings.HasSuffix(line, want) {
				t.Fatalf("printed %q (or ended: %v), want %q", line, !ok, want)
			}
		case <-time.After(patience):
			t.Fatalf("it never printed %q", want)
		}
	}
}

// TestFunctionLogs reads a function's log as people do on AWS, and with our own
// command.
func TestFunctionLogs(t *testing.T) {
	t.Parallel()
	l := newLogged(t, "rotate")
	s := l.s
	s.Run("function", "logs", "rotate").refused(t, 1, "ResourceNotFoundException: The specified log group does not exist.")
	s.Run("function", "logs").refused(t, 2, "usage: alberti function logs NAME")
	const target = logs.Target + ".DescribeLogGroups"
	if r := s.Post(s.Signer(), target, "{}", time.Now(), nil); r.status != 400 || !strings.Contains(r.body, "Credential should be scoped to correct service: 'logs'.") {
		t.Errorf("signed for another service: %+v", r)
	}
	signer := s.Signer()
	signer.Service = logs.SigningName
	if r := s.Post(signer, target, "{}", time.Now(), nil); r.status != 200 || !strings.Contains(r.body, `"logGroups":[]`) {
		t.Errorf("signed for this service: %+v", r)
	}
	l.Print("START RequestId: 1", "[ERROR] \x1b[31mno\x1b[0m", "END RequestId: 1")
	eventually(t, "the lines are there", func() (bool, any) {
		r := s.Run("function", "logs", "rotate")
		return strings.Count(r.stdout, "\n") == 3, r
	})
	if out := s.Run("function", "logs", "arn:aws:lambda:us-east-1:000000000000:function:rotate:1").ok(t); !strings.Contains(out, "Z [ERROR] \uFFFD[31mno\uFFFD[0m\n") {
		t.Errorf("%q", out)
	}
	line, _, _ := strings.Cut(s.Run("function", "logs", "rotate", "--json").ok(t), "\n")
	if got := parse[map[string]any](t, line); got["message"] != "START RequestId: 1\n" || got["logStreamName"] != logStream {
		t.Errorf("%v", got)
	}
	if out := s.Run("function", "logs", "rotate", "--since", "0s").ok(t); out != "" {
		t.Errorf("of the future: %q", out)
	}

	aws, env := secondCLI(t), clientEnv(t, s)
	tail := func(more ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), aws, append([]string{"logs", "tail", l.group.Name, "--endpoint-url", s.URL, "--format", "short"}, more...)...)
		cmd.Env = append(env, "PYTHONUNBUFFERED=1")
		return cmd
	}
	out, err := tail("--since", "5m", "--filter-pattern", "?ERROR ?WARN").Output()
	if err != nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "[ERROR]") {
		t.Errorf("aws logs tail: %v\n%s", err, out)
	}
	theirs := following(t, tail("--follow"))
	ours := following(t, exec.CommandContext(t.Context(), program, "function", "logs", "rotate", "--follow", "--data", s.Data))
	for _, next := range []func(string){theirs, ours} {
		next("START RequestId: 1")
		next("[0m")
		next("END RequestId: 1")
	}
	l.Print("START RequestId: 2")
	theirs("START RequestId: 2")
	ours("START RequestId: 2")
}
