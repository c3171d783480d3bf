// Package process runs programs that do not outlive us.
package process

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// Process is a program that runs.
type Process struct {
	FirstLine chan string   // what it printed first, or "" when it ended before
	Ended     chan struct{} // closed when it has ended and all its output is here
	At        time.Time     // when that was, once it has ended

	cmd *exec.Cmd
}

// Start runs a command. What it prints after its first line goes to its Stdout,
// where that is set. The kernel kills it when the thread that started it ends, so
// a goroutine keeps its thread for it.
func Start(cmd *exec.Cmd) (*Process, error) {
	rest := cmd.Stdout
	if rest == nil {
		rest = io.Discard
	}
	cmd.Stdout = nil // taken by the pipe
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, FirstLine: make(chan string, 1), Ended: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	endWithParent(cmd.SysProcAttr)
	started := make(chan error)
	go func() {
		defer close(p.Ended)
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		r := bufio.NewReader(stdout)
		line, _ := r.ReadString('\n')
		p.FirstLine <- line
		io.Copy(rest, r)
		cmd.Wait()
		p.At = time.Now()
	}()
	return p, <-started
}

// Signal sends a signal; a process that has ended already does not mind.
func (p *Process) Signal(s os.Signal) { p.cmd.Process.Signal(s) }

// Kill ends the process as a power cut would, and waits for its end.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.Ended
}

// Stop asks the process to end, and kills it when it has not within the limit;
// false when it had to be killed.
func (p *Process) Stop(limit time.Duration) bool {
	p.Signal(syscall.SIGTERM)
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.Ended:
		return true
	case <-timer.C:
		p.Kill()
		return false
	}
}

// State is how it ended, once it has.
func (p *Process) State() *os.ProcessState { return p.cmd.ProcessState }

// Killed tells whether it ended by SIGKILL, once it has ended.
func (p *Process) Killed() bool {
	status, ok := p.State().Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// Output collects what a process writes.
type Output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

// String is all so far.
func (o *Output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
