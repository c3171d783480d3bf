package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/process"
	"github.com/alberti-dev/alberti/sigv4"
)

// startLimit bounds how long a server may take to listen, and to end.
const startLimit = 20 * time.Second

// server is Alberti as a process, on one data directory, over any number of
// starts.
type server struct {
	binaries
	data    string
	args    []string
	log     process.Output                  // of all starts
	running atomic.Pointer[process.Process] // or ran last; the proxy looks here whom to kill
	url     string
	signer  *sigv4.Signer

	failpoint string        // the point at which it kills itself, "" for none
	after     time.Duration // how long after its start it is killed, zero for not
	timer     *time.Timer   // of that
}

// doom decides how the server is killed, if not through the proxy: at a point,
// once it is started again, or some time from now or from its start.
func (s *server) doom(k strike) {
	if k.point != "" {
		s.failpoint = k.point + "*" + strconv.Itoa(k.nth)
	}
	if s.after = k.after; s.after > 0 && s.alive() {
		s.wind()
	}
}

func (s *server) wind() { s.timer = time.AfterFunc(s.after, s.process().Kill) }

// spare takes the doom from a server. It tells whether it lives; struck says
// that it has been killed, though its end may be yet to come.
func (s *server) spare(struck bool) (lives bool, err error) {
	if s.timer != nil {
		struck = struck || !s.timer.Stop()
	}
	lasting := s.failpoint != ""
	s.failpoint, s.after, s.timer = "", 0, nil
	if struck {
		<-s.process().Ended
	}
	if !lasting || !s.alive() {
		return s.alive(), nil
	}
	// The point lies in the environment of the process, and may yet be reached.
	if err := s.stop(); err != nil || s.process().Killed() {
		return false, err
	}
	return s.start()
}

// start starts the server. It tells whether it listens: a doomed one may be dead
// before.
func (s *server) start() (bool, error) {
	binary := s.program
	if s.failpoint != "" {
		binary = s.killable
	}
	cmd := exec.Command(binary, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", s.data}, s.args...)...)
	cmd.Env = append(environment(), "ALBERTI_FAILPOINT="+s.failpoint)
	cmd.Stderr = &s.log
	started, err := process.Start(cmd)
	if err != nil {
		return false, err
	}
	s.running.Store(started)
	if s.after > 0 {
		s.wind()
	}
	return s.listens()
}

// listens waits until it listens, or is dead.
func (s *server) listens() (bool, error) {
	select {
	case line := <-s.process().FirstLine:
		address, ok := strings.CutPrefix(line, "alberti listens on ")
		if s.url = strings.TrimSpace(address); ok {
			return true, s.meet()
		}
	case <-time.After(startLimit):
		return false, errors.New("the server does not listen")
	}
	<-s.process().Ended
	return false, s.wasKilled()
}

// wasKilled wants a server that has ended to have been killed.
func (s *server) wasKilled() error {
	if <-s.process().Ended; !s.process().Killed() {
		return fmt.Errorf("the server ended by itself: %v", s.process().State())
	}
	return nil
}

// environment leaves out all that would change what the server does.
func environment() (kept []string) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name == "PATH" || name == "HOME" || name == "TMPDIR" {
			kept = append(kept, v)
		}
	}
	return kept
}

// meet learns how to sign, once.
func (s *server) meet() error {
	if s.signer != nil {
		return nil
	}
	e, err := app.ReadEndpoint(s.data)
	s.signer = &sigv4.Signer{
		AccessKeyID: e.AccessKeyID, Key: sigv4.Key{Secret: string(e.SecretAccessKey)}, Region: e.Region, Service: "secretsmanager",
	}
	return err
}

// process is the latest, nil before the first.
func (s *server) process() *process.Process { return s.running.Load() }

func (s *server) alive() bool {
	if s.process() == nil {
		return false
	}
	select {
	case <-s.process().Ended:
		return false
	default:
		return true
	}
}

// kill ends the server as a power cut would; one that never ran does not mind.
func (s *server) kill() {
	if s.process() != nil {
		s.process().Kill()
	}
}

// stop ends the server in order.
func (s *server) stop() error {
	s.process().Signal(syscall.SIGTERM)
	select {
	case <-s.process().Ended:
		return nil
	case <-time.After(startLimit):
		return errors.New("the server does not stop")
	}
}

// errRefused is an answer of the server that is an error; all other errors of
// call mean that there was no answer.
var errRefused = errors.New("refused")

// call makes a signed call: "secretsmanager.RotateSecret", say.
func (s *server) call(ctx context.Context, target string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", target)
	s.signer.Sign(r, body, time.Now())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %w: %d %s", target, errRefused, answer.StatusCode, text)
	}
	return json.Unmarshal(text, out)
}
