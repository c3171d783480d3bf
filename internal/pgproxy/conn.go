package pgproxy

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// conn is one connection that goes through.
type conn struct {
	proxy          *Proxy
	client, server net.Conn
	still          sync.RWMutex // held for writing, nothing goes through
	onAnswer       chan Verdict // on the CommandComplete that comes next
	status         atomic.Int32 // of the transaction, as the server's last ReadyForQuery says
	skip           bool         // the rest of a refused request, up to its Sync
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	defer p.forget(client, server)
	if !p.keep(client, server) {
		return
	}
	c := &conn{proxy: p, client: client, server: server, onAnswer: make(chan Verdict, 1)}
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		c.upstream()
	})
	both.Go(func() {
		defer client.Close()
		c.downstream()
	})
	both.Wait()
}

func (c *conn) upstream() {
	for opening := true; ; opening = false {
		f, err := readFrame(c.client, !opening)
		if err != nil {
			return
		}
		if c.skip {
			if f.Kind == Sync {
				c.skip = false
				c.ready()
			}
			continue
		}
		v := c.proxy.judge(f)
		if v.Answer {
			select {
			case c.onAnswer <- v:
			default: // an earlier statement's is still to come
			}
			v = Verdict{}
		}
		if v.Fate == Refused {
			if !c.refuse(f, v) {
				return
			}
			continue
		}
		if !c.meet(v, f, c.server) {
			return
		}
	}
}

func (c *conn) downstream() {
	for {
		f, err := readFrame(c.server, true)
		if err != nil {
			return
		}
		f.FromServer = true
		if f.Kind == ReadyForQuery {
			c.status.Store(int32(f.Raw[len(f.Raw)-1]))
		}
		v := c.proxy.judge(f)
		if f.Kind == CommandComplete {
			select {
			case v = <-c.onAnswer:
			default:
			}
		}
		if v.Fate == Refused { // the server has done it, and dies before it says so
			c.fail(v)
			return
		}
		if !c.meet(v, f, c.client) {
			return
		}
	}
}

// meet has a message meet its fate; false when its connection is over.
func (c *conn) meet(v Verdict, f Frame, to net.Conn) bool {
	if v.Then == nil {
		v.Then = func() {}
	}
	if v.Fate != Stalls {
		c.hold(v.Hold)
	}
	if v.Fate == Lost {
		v.Then()
		return c.end()
	}
	c.still.RLock()
	_, err := to.Write(f.Raw)
	c.still.RUnlock()
	if err != nil {
		return false
	}
	v.Then()
	switch v.Fate {
	case Last:
		return c.end()
	case Stalls:
		c.hold(v.Hold)
	}
	return true
}

// hold has the connection stand still, as if the network were gone.
func (c *conn) hold(d time.Duration) {
	if d == 0 {
		return
	}
	c.still.Lock()
	defer c.still.Unlock()
	time.Sleep(d)
}

// end closes both ends at once: either direction may be waiting.
func (c *conn) end() bool {
	c.client.Close()
	c.server.Close()
	return false
}

// refuse answers in the server's place; false when that ends the connection, as
// a FATAL does, and every error before the first statement.
func (c *conn) refuse(f Frame, v Verdict) bool {
	if v.Error.Severity == "FATAL" || c.status.Load() == 0 {
		return c.fail(v)
	}
	c.tell(v)
	if c.skip = f.Kind != Query && f.Kind != Sync; !c.skip {
		c.ready()
	}
	return true
}

// fail answers with an error that ends the connection.
func (c *conn) fail(v Verdict) bool {
	c.tell(v)
	return c.end()
}

func (c *conn) tell(v Verdict) {
	if v.Then != nil {
		v.Then()
	}
	if text, err := v.Error.Encode(nil); err == nil {
		c.client.Write(text)
	}
}

// ready says that the refused request is over.
func (c *conn) ready() {
	status := byte(c.status.Load())
	if status == 'T' {
		status = 'E'
	}
	if text, err := (&pgproto3.ReadyForQuery{TxStatus: status}).Encode(nil); err == nil {
		c.client.Write(text)
	}
}
