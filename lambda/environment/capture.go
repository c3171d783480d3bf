package environment

import (
	"io"
	"os"
	"sync"
	"syscall"
)

// capture reads what a process writes to its standard output and error, which are
// one pipe, so that their order is kept.
type capture struct {
	pipe *os.File
	raw  syscall.RawConn
	to   io.Writer
	done sync.WaitGroup

	mu  sync.Mutex // held from a read until what was read is written
	buf [32 << 10]byte
}

// maxPipe is the most that a pipe holds; a process may have made it that large.
const maxPipe = 1 << 20

// newCapture gives also the end that the process writes to.
func newCapture(to io.Writer) (c *capture, write *os.File, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	raw, err := read.SyscallConn()
	if err != nil {
		read.Close()
		write.Close()
		return nil, nil, err
	}
	c = &capture{pipe: read, raw: raw, to: to}
	c.done.Go(c.follow)
	return c, write, nil
}

// follow reads until nobody has the pipe open any more, or close.
func (c *capture) follow() {
	for more := true; more; {
		err := c.raw.Read(func(fd uintptr) bool {
			n, empty := c.read(fd)
			more = n > 0
			return !empty
		})
		if err != nil {
			return // closed
		}
	}
}

// drain has all read that was written before. It reads no more than a pipe holds:
// a process that never stops writing does not hold us up.
func (c *capture) drain() {
	c.raw.Control(func(fd uintptr) {
		for total := 0; total < maxPipe; {
			n, _ := c.read(fd)
			if n <= 0 {
				return
			}
			total += n
		}
	})
}

func (c *capture) read(fd uintptr) (n int, empty bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := syscall.Read(int(fd), c.buf[:])
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), c.buf[:])
	}
	if n > 0 {
		c.to.Write(c.buf[:n])
	}
	return n, err == syscall.EAGAIN
}

// close stops reading, whoever may still write.
func (c *capture) close() {
	c.pipe.Close()
	c.done.Wait()
}
