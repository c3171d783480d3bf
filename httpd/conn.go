package httpd

import (
	"crypto/tls"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// A connection that is closed while the client still sends is reset, and the client
// may never see the answer that told it to stop. Such a one lingers.
const lingerTime = 500 * time.Millisecond

// listener gives connections that can linger.
type listener struct{ net.Listener }

// Accept implements net.Listener.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, remote: c.RemoteAddr().String()}, nil
}

type conn struct {
	net.Conn
	remote      string      // its address, for every request
	unread      atomic.Bool // the client may still be sending
	read, write deadline

	exchange exchange // under way, or the one before
}

// Close implements net.Conn.
func (c *conn) Close() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && c.unread.Load() {
		if half.CloseWrite() == nil && c.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
			io.Copy(io.Discard, c.Conn)
		}
	}
	return c.Conn.Close()
}

// connOf finds the connection of a request, under TLS or bare.
func connOf(ctx *fasthttp.RequestCtx) *conn {
	c := ctx.Conn()
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return c.(*conn)
}
