package environment

import (
	"os/exec"
	"runtime"
	"sync"
)

// launcher starts processes from one thread: the kernel ends them when the thread
// that started them ends (parentDeath), so it must not be any of Go's.
type launcher struct {
	commands chan func()
	done     sync.WaitGroup
}

func newLauncher() *launcher {
	l := &launcher{commands: make(chan func())}
	l.done.Go(func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		for start := range l.commands {
			start()
		}
	})
	return l
}

func (l *launcher) start(cmd *exec.Cmd) (err error) {
	started := make(chan struct{})
	l.commands <- func() {
		err = cmd.Start()
		close(started)
	}
	<-started
	return err
}

// close ends the thread, and every process that was started and still runs.
func (l *launcher) close() {
	close(l.commands)
	l.done.Wait()
}
