// Package server runs the real program, bin/alberti serve, as a process of its
// own: for the demonstration and for the benchmark. The server ends with the
// process that started it.
package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
)

const (
	startLimit = 20 * time.Second
	stopLimit  = 15 * time.Second // the server promises ten
	announce   = "alberti listens on "
)

// Options say what to run.
type Options struct {
	Program string   // the path of alberti
	Data    string   // the data directory
	Log     string   // the file that gets what the server logs
	Args    []string // further arguments of serve
}

// Server is a server that runs and is ready.
type Server struct {
	app.Endpoint
	PID   int
	Ready time.Duration // from the start of the process until /readyz said yes

	process *os.Process
	done    chan struct{} // closed when the process has ended
	failure error         // how it ended, once it has
}

// Start runs a server on a free port and waits until it is ready.
func Start(ctx context.Context, o Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	log, err := os.OpenFile(o.Log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	stdout, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer stdout.Close()
	cmd := exec.Command(o.Program, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", o.Data}, o.Args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(), w, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we stop the server in order
	began := time.Now()
	s, err := start(cmd)
	w.Close()
	if err != nil {
		return nil, err
	}
	if err := s.await(ctx, stdout, o.Data); err != nil {
		return nil, errors.Join(fmt.Errorf("alberti did not start: %w\n%s", err, tail(o.Log)), s.Stop())
	}
	s.Ready = time.Since(began)
	return s, nil
}

// start runs the command. The kernel ends it when the thread that started it
// ends, so a goroutine keeps its thread for as long as the command runs.
func start(cmd *exec.Cmd) (*Server, error) {
	s := &Server{done: make(chan struct{})}
	started := make(chan error)
	endWithParent(cmd.SysProcAttr)
	go func() {
		defer close(s.done)
		runtime.LockOSThread()
		err := cmd.Start()
		if err == nil {
			s.process, s.PID = cmd.Process, cmd.Process.Pid
		}
		started <- err
		if err == nil {
			s.failure = cmd.Wait()
		}
	}()
	return s, <-started
}

// await waits for the line that names the address, and then for readiness.
func (s *Server) await(ctx context.Context, stdout *os.File, data string) error {
	stop := context.AfterFunc(ctx, func() { stdout.Close() })
	defer stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if ctx.Err() != nil {
		return ctx.Err()
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(line), announce)
	if err != nil || !ok {
		return fmt.Errorf("it said %q", line)
	}
	if err := ready(ctx, url); err != nil {
		return err
	}
	s.Endpoint, err = app.ReadEndpoint(data)
	return err
}

// ready asks once: a server that listens answers as soon as it can.
func ready(ctx context.Context, url string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/readyz", nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("/readyz: %s: %s", answer.Status, text)
	}
	return nil
}

// Stop ends the server and waits for its end. It may be called again.
func (s *Server) Stop() error {
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	s.process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case <-s.done:
		return s.failure
	case <-limit.C:
	}
	s.process.Kill()
	<-s.done
	return fmt.Errorf("alberti did not stop within %v and was killed", stopLimit)
}

// Done is closed when the process has ended, by itself or by Stop.
func (s *Server) Done() <-chan struct{} { return s.done }

// Client is the AWS SDK, as it comes, set to this server. It does not retry:
// what goes wrong is to be seen.
func (s *Server) Client() *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region: s.Region, BaseEndpoint: aws.String(s.URL), Retryer: aws.NopRetryer{},
		Credentials: credentials.NewStaticCredentialsProvider(s.AccessKeyID, string(s.SecretAccessKey), ""),
	})
}

// environment leaves out the settings of this shell that would change what the
// server does.
func environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if name == "PATH" || name == "HOME" || strings.HasPrefix(name, "GO") {
			kept = append(kept, v)
		}
	}
	return kept
}

// tail is the end of a log, for an error.
func tail(path string) string {
	text, _ := os.ReadFile(path)
	return string(text[max(0, len(text)-2000):])
}
