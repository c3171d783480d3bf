package e2e_test

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/process"
)

// startLimit and stopLimit bound how long a server may take to answer and to end.
const (
	startLimit = 20 * time.Second
	stopLimit  = 10 * time.Second // what the program promises
)

// server is Alberti as a process, on one data directory, over any number of
// starts.
type server struct {
	t         testing.TB
	Data      string
	Functions string   // the folder where those that are brought run
	Args      []string // beyond --listen and --data
	Env       []string // NAME=value
	Failpoint string   // the point at which it kills itself, "" for none
	URL       string   // once it listens

	process *process.Process
	stderr  *process.Output // of all starts
	mayErr  bool            // errors in the log are part of the test
}

// newServer prepares a server with a data directory of its own. It is killed at
// the end of the test.
func newServer(t testing.TB, args ...string) *server {
	t.Helper()
	s := &server{
		t: t, Data: filepath.Join(t.TempDir(), "data"), Functions: filepath.Join(workplace, rand.Text()),
		Args: args, stderr: &process.Output{},
	}
	t.Cleanup(s.check)
	return s
}

// serve starts a server that needs nothing special.
func serve(t testing.TB, args ...string) *server {
	t.Helper()
	s := newServer(t, args...)
	s.Start()
	return s
}

// check ends the server, and fails the test when it complained.
func (s *server) check() {
	s.Kill()
	log := s.stderr.String()
	if !s.mayErr && (strings.Contains(log, "level=ERROR") || strings.Contains(log, "panic")) || strings.Contains(log, "goroutine ") {
		s.t.Errorf("the server's log has errors:\n%s", log)
	} else if s.t.Failed() {
		s.t.Logf("the server's log:\n%s", log)
	}
}

// Start starts the server and waits until it listens.
func (s *server) Start() {
	s.t.Helper()
	if !s.Launch() {
		s.t.Fatalf("the server ended before it listened: %v\n%s", s.process.State(), s.stderr.String())
	}
}

// Launch is Start for a server that may end before it listens; it tells whether
// it does.
func (s *server) Launch() bool {
	s.t.Helper()
	binary := program
	env := s.Env
	if s.Failpoint != "" {
		binary, env = killable, append(env[:len(env):len(env)], "ALBERTI_FAILPOINT="+s.Failpoint)
	}
	cmd := exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", s.Data, "--functions-dir", s.Functions}, s.Args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = s.stderr
	var err error
	if s.process, err = process.Start(cmd); err != nil {
		s.t.Fatal(err)
	}
	select {
	case line := <-s.process.FirstLine:
		address, ok := strings.CutPrefix(line, "alberti listens on ")
		if !ok {
			<-s.process.Ended
			return false
		}
		s.URL = strings.TrimSpace(address)
		return true
	case <-time.After(startLimit):
		s.t.Fatalf("the server does not listen after %v\n%s", startLimit, s.stderr.String())
		return false
	}
}

// Kill ends the server as a power cut would.
func (s *server) Kill() {
	if s.process != nil {
		s.process.Kill()
	}
}

// Stop ends the server in order, and fails the test when it does not.
func (s *server) Stop() {
	s.t.Helper()
	s.process.Signal(syscall.SIGTERM)
	s.waitEnd(stopLimit)
	if code := s.process.State().ExitCode(); code != 0 {
		s.t.Fatalf("after SIGTERM: %v\n%s", s.process.State(), s.stderr.String())
	}
}

// Restart stops the server and starts it again, at another address.
func (s *server) Restart() {
	s.t.Helper()
	s.Stop()
	s.Start()
}

// DiesBySIGKILL waits until the server has reached its failpoint.
func (s *server) DiesBySIGKILL() {
	s.t.Helper()
	s.waitEnd(startLimit)
	if !s.process.Killed() {
		s.t.Fatalf("the server ended by itself: %v\n%s", s.process.State(), s.stderr.String())
	}
}

func (s *server) waitEnd(limit time.Duration) {
	s.t.Helper()
	select {
	case <-s.process.Ended:
	case <-time.After(limit):
		s.t.Fatalf("the server still runs after %v\n%s", limit, s.stderr.String())
	}
}
