package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/internal/testport"
)

const (
	portTries = 3                     // a port that was free may be taken before the server has it
	pollEvery = 20 * time.Millisecond // how often a starting server is asked
	stopLimit = 10 * time.Second      // for an orderly stop, before it is killed

	pidFileStatus = 8 // the line of postmaster.pid that has the state of the server
)

// process is a server's process, in the hands of one goroutine.
type process struct {
	os   *os.Process
	done chan struct{} // closed when it has ended
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch(ctx context.Context) (err error) {
	for try := 1; ; try++ {
		if s.Port, err = testport.FreeOne(s.Host); err != nil {
			return err
		}
		err = s.serve(ctx)
		if err == nil || ctx.Err() != nil || try == portTries {
			return err
		}
	}
}

// serve starts the server on its port.
func (s *Server) serve(ctx context.Context) error {
	log, err := os.OpenFile(s.logPath(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := s.owner.command(exec.Command(s.programs.postgres, "-D", s.dataPath(), "-p", strconv.Itoa(s.Port)), s.dir)
	cmd.Stdout, cmd.Stderr = log, log
	started, err := start(cmd)
	if err != nil {
		return err
	}
	s.process = started
	if err := s.ready(ctx); err != nil {
		return s.withLog(errors.Join(err, s.process.stop()))
	}
	return nil
}

// start runs a command that ends when we do. The kernel sends the signal for
// that when the thread that started the command ends, so the goroutine keeps
// its thread until the command is over.
func start(cmd *exec.Cmd) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	endWithParent(cmd.SysProcAttr)
	go func() {
		defer close(p.done)
		runtime.LockOSThread()
		err := cmd.Start()
		p.os = cmd.Process
		started <- err
		if err == nil {
			cmd.Wait()
		}
	}()
	return p, <-started
}

// ready waits until the server says that it is, and answers.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := errors.New("it does not say that it is ready")
		if s.announced() {
			err = s.answers(ctx)
		}
		if err == nil {
			return nil
		}
		select {
		case <-s.process.done:
			return errors.New("PostgreSQL ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start in time: %w", err)
		case <-tick.C:
		}
	}
}

// announced tells whether our server says in its data directory that it takes
// connections. An answer on the port does not tell: where another server took
// the port first, it is that server's.
func (s *Server) announced() bool {
	text, err := os.ReadFile(filepath.Join(s.dataPath(), "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	return err == nil && len(lines) >= pidFileStatus && lines[0] == strconv.Itoa(s.PID()) &&
		strings.TrimSpace(lines[pidFileStatus-1]) == "ready"
}

// answers logs in. An answer other than that the server is starting will do:
// pg_hba.conf may keep us out.
func (s *Server) answers(ctx context.Context) error {
	conn, err := pgconn.Connect(ctx, s.DSN(s.User, s.Password, "postgres"))
	if err == nil {
		return conn.Close(ctx)
	}
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code != "57P03" {
		return nil
	}
	return err
}

// stop ends the process by a fast shutdown.
func (p *process) stop() error { return p.end(syscall.SIGINT) }

// end ends the process by a signal, then by force.
func (p *process) end(signal os.Signal) error {
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	p.os.Signal(signal)
	select {
	case <-p.done:
		return nil
	case <-limit.C:
	}
	p.os.Kill()
	<-p.done
	return fmt.Errorf("pgtest: PostgreSQL did not stop within %v and was killed", stopLimit)
}
