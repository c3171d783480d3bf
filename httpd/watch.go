package httpd

import (
	"context"
	"net/http"
	"syscall"
	"time"
)

// Watch gives a request's context, which also ends when the client goes away: for a
// handler that takes long and had better stop then. The handler must cancel it
// before it returns.
func Watch(w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(r.Context())
	x, ok := w.(*exchange)
	if !ok {
		return ctx, cancel // net/http's own
	}
	c, watched := connOf(x.ctx), make(chan struct{})
	c.SetReadDeadline(time.Time{})
	go func() {
		defer close(watched)
		if c.ended() {
			cancel()
		}
	}()
	return ctx, func() {
		cancel()
		c.SetReadDeadline(time.Unix(1, 0)) // wakes it; the next request has a deadline of its own
		<-watched
	}
}

// ended waits until the client has sent something, or its end, which it tells. It
// takes nothing from the connection.
func (c *conn) ended() (gone bool) {
	source, ok := c.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return false
	}
	raw.Read(func(fd uintptr) bool {
		var first [1]byte
		n, _, err := syscall.Recvfrom(int(fd), first[:], syscall.MSG_PEEK)
		gone = n == 0 && err == nil
		return err != syscall.EAGAIN && err != syscall.EINTR
	})
	return gone
}
