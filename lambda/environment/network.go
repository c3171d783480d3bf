package environment

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// maxConnections of one environment at a time, each of which is two descriptors of
// the server's. Others wait.
const maxConnections = 128

// dialLimit is how long a target may take to answer.
const dialLimit = 30 * time.Second

// network is the server's side of a restricted environment's network: whatever
// connects to a gate is connected with its target. The sockets that it listens at
// are inside the environment's network namespace, its own are outside.
type network struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	fail func(format string, args ...any) // tells the function's log

	ctx       context.Context
	end       context.CancelFunc
	listeners []net.Listener
	slots     chan struct{} // of connections
	served    sync.WaitGroup
}

func newNetwork(c Config, j *journal) *network {
	n := &network{dial: c.Dial, fail: j.note, slots: make(chan struct{}, maxConnections)}
	n.ctx, n.end = context.WithCancel(context.Background())
	return n
}

// close ends every connection.
func (n *network) close() {
	n.end()
	for _, l := range n.listeners {
		l.Close()
	}
	n.served.Wait()
}

// serve connects whoever connects to the listener with a target.
func (n *network) serve(l net.Listener, to target) {
	n.listeners = append(n.listeners, l)
	n.served.Go(func() {
		for n.accept(l, to) {
		}
	})
}

// acceptPause is how long is waited after a failure that will pass, such as the
// lack of descriptors.
const acceptPause = 50 * time.Millisecond

// accept takes one connection, and tells whether to go on.
func (n *network) accept(l net.Listener, to target) bool {
	conn, err := l.Accept()
	if err != nil {
		select {
		case <-time.After(acceptPause):
			return !errors.Is(err, net.ErrClosed)
		case <-n.ctx.Done():
			return false
		}
	}
	select {
	case n.slots <- struct{}{}:
	case <-n.ctx.Done():
		reset(conn)
		return false
	}
	n.served.Go(func() {
		defer func() { <-n.slots }()
		n.connect(conn, to)
	})
	return true
}

// connect joins a connection with a new one to its target. Where there is none it
// is reset, which is as near as can be to refusing what the kernel has accepted.
func (n *network) connect(inside net.Conn, to target) {
	defer inside.Close()
	ctx, cancel := context.WithTimeout(n.ctx, dialLimit)
	outside, err := n.dial(ctx, "tcp", to.String())
	cancel()
	if err != nil {
		if n.ctx.Err() == nil {
			n.fail("Network: %s cannot be reached: %v", to, err)
		}
		reset(inside)
		return
	}
	defer outside.Close()
	defer context.AfterFunc(n.ctx, func() { reset(inside); reset(outside) })()
	var back sync.WaitGroup
	back.Go(func() { pass(inside, outside) })
	pass(outside, inside)
	back.Wait()
}

// pass copies one direction to its end. One that fails ends both, and neither end
// takes that for the end of the data.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		err = half.CloseWrite()
	}
	if err != nil {
		reset(to)
		reset(from)
	}
}

// reset ends a connection at once, and has the other end know that it broke.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}
