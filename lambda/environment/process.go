package environment

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"
)

// process is a function's process with all that it started.
type process struct {
	user     user
	limit    int64 // bytes of resident memory
	confined bool  // bubblewrap is between us and the function

	mark        string // a variable that only its processes have
	cmd         *exec.Cmd
	output      *capture
	started     chan struct{} // closed when it has a pid
	ended       chan struct{} // closed when it has ended and was collected
	outOfMemory atomic.Bool
	peak        atomic.Int64 // bytes resident that were seen
}

func newProcess(u user, memory int64, confined bool) *process {
	return &process{user: u, limit: memory, confined: confined, started: make(chan struct{}), ended: make(chan struct{})}
}

// command is to be run in a session and process group of its own, with nothing of
// ours: no variables, no descriptors, no terminal.
func (p *process) command(args, vars []string, dir string) *exec.Cmd {
	return &exec.Cmd{Path: args[0], Args: args, Env: vars, Dir: dir, SysProcAttr: attributes(p.user)}
}

// start runs a command, which is the process from then on.
func (p *process) start(l *launcher, cmd *exec.Cmd, to *journal) error {
	output, write, err := newCapture(to)
	if err != nil {
		return err
	}
	defer write.Close()
	p.output = output
	cmd.Stdout, cmd.Stderr = write, write
	p.cmd = cmd
	if err := l.start(p.cmd); err != nil {
		output.close()
		return fmt.Errorf("start the process of a function: %w", err)
	}
	close(p.started)
	output.done.Go(func() {
		p.cmd.Wait()
		close(p.ended)
	})
	return nil
}

// attributes of a process that is a function's.
func attributes(u user) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Credential: u.credential()}
	endWithParent(a)
	return a
}

func (p *process) pid() int {
	<-p.started
	return p.cmd.Process.Pid
}

// hasEnded asks the kernel, too, who knows before ended is closed.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	case <-p.started:
		return errors.Is(p.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone)
	}
}

// close kills all of the process, and reads the last of what it wrote.
func (p *process) close() {
	p.kill()
	<-p.ended
	p.killStrays()
	p.output.drain()
	p.output.close()
}

// kill ends the process with its children. It may have ended already.
func (p *process) kill() {
	if !p.hasEnded() {
		syscall.Kill(-p.pid(), syscall.SIGKILL)
	}
}

// measure looks how much memory is resident, and ends a process that has too much.
func (p *process) measure() {
	now := resident(p.pid())
	for {
		peak := p.peak.Load()
		if now <= peak || p.peak.CompareAndSwap(peak, now) {
			break
		}
	}
	if now > p.limit {
		p.outOfMemory.Store(true)
		p.kill()
	}
}

// watchEvery is how often the memory of a busy process is looked at: it can get
// some 50 MB between two looks.
const watchEvery = 20 * time.Millisecond

// watch measures the process until stop.
func (e *environment) watch() (stop func()) {
	p := e.process
	if p == nil {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(watchEvery)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-p.ended:
				return
			case <-tick.C:
				p.measure()
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// exitType is the type of the failure that its end is.
func (p *process) exitType() string {
	if p.outOfMemory.Load() {
		return "Runtime.OutOfMemory"
	}
	return "Runtime.ExitError"
}

// exitText says how it ended, in AWS's words (lambda.md, 2.7).
func (p *process) exitText() string {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok {
		return "Runtime exited with error: " + p.cmd.ProcessState.String()
	}
	code, signal := status.ExitStatus(), status.Signal()
	if p.confined && !status.Signaled() && code > 128 {
		if s := syscall.Signal(code - 128); isDeadly(s) { // bubblewrap tells of signals as a shell does
			signal = s
		}
	}
	switch {
	case p.outOfMemory.Load():
		return "Runtime exited with error: signal: " + syscall.SIGKILL.String()
	case signal > 0:
		return "Runtime exited with error: signal: " + signal.String()
	case code == 0:
		return "Runtime exited without providing a reason"
	}
	return fmt.Sprintf("Runtime exited with error: exit status %d", code)
}

// isDeadly tells whether processes usually end by a signal, so that an exit status
// that could mean it does mean it.
func isDeadly(s syscall.Signal) bool {
	switch s {
	case syscall.SIGKILL, syscall.SIGSEGV, syscall.SIGABRT, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGTERM, syscall.SIGPIPE, syscall.SIGXFSZ:
		return true
	}
	return false
}

// peakMB is the most memory that was seen, in MB, rounded up.
func (e *environment) peakMB() int {
	if e.process != nil {
		e.process.measure()
		e.peak = max(e.peak, e.process.peak.Load())
	}
	return int((e.peak + 1<<20 - 1) >> 20)
}

// makeHome makes the folder of an environment, with a /tmp in it, for its user.
func makeHome(dir string, u user) error {
	for _, d := range []string{dir, dir + "/tmp"} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return err
		}
		if err := u.own(d); err != nil {
			return err
		}
	}
	return nil
}
