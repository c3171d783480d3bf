package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	portTries = 3                     // a port that was free may be taken before the server has it
	pollEvery = 20 * time.Millisecond // how often a starting server is asked
	stopLimit = 10 * time.Second      // for an orderly stop, before it is killed
)

// process is a server's process, in the hands of one goroutine.
type process struct {
	os   *os.Process
	done chan struct{} // closed when it has ended
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch(ctx context.Context, p programs, o owner) error {
	for try := 1; ; try++ {
		err := s.launchOnce(ctx, p, o)
		if err == nil || ctx.Err() != nil || try == portTries {
			return err
		}
	}
}

func (s *Server) launchOnce(ctx context.Context, p programs, o owner) (err error) {
	if s.Port, err = freePort(s.Host); err != nil {
		return err
	}
	log, err := os.OpenFile(s.logPath(), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := o.command(exec.Command(p.postgres, "-D", s.dataPath(), "-p", strconv.Itoa(s.Port)), s.dir)
	cmd.Stdout, cmd.Stderr = log, log
	if s.process, err = start(cmd); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return s.withLog(errors.Join(err, s.process.stop()))
	}
	return nil
}

func freePort(host string) (int, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
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

// ready waits until the server answers with anything but that it is starting.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		conn, err := pgconn.Connect(ctx, s.DSN(s.User, s.Password, "postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		var answer *pgconn.PgError
		if errors.As(err, &answer) && answer.Code != "57P03" {
			return nil // pg_hba.conf may keep us out, but the server is up
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

// stop ends the process: by a fast shutdown, then by force.
func (p *process) stop() error {
	limit := time.NewTimer(stopLimit)
	defer limit.Stop()
	p.os.Signal(syscall.SIGINT)
	select {
	case <-p.done:
		return nil
	case <-limit.C:
	}
	p.os.Kill()
	<-p.done
	return fmt.Errorf("pgtest: PostgreSQL did not stop within %v and was killed", stopLimit)
}
