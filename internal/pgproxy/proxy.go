// Package pgproxy stands between Alberti and a PostgreSQL: it reads what goes
// through, and does to it what a network, a server or a power cut may do at the
// moment that a test picks. It does not know TLS.
package pgproxy

import (
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Proxy listens on the loopback interface.
type Proxy struct {
	Host string
	Port int

	target string
	served sync.WaitGroup
	mu     sync.Mutex
	listen net.Listener // nil when down
	conns  map[net.Conn]bool
	watch  func(Frame) Verdict
}

// Verdict says what becomes of a message. The zero value lets it through.
type Verdict struct {
	Fate Fate
	// Answer has the verdict apply not to the message, which goes on, but to the
	// CommandComplete that the server answers it with.
	Answer bool
	Hold   time.Duration // the connection stands still for so long, both ways: first, unless it Stalls
	Then   func()        // called at its fate, nil for nothing
	Error  *pgproto3.ErrorResponse
}

// Fate is what becomes of a message.
type Fate int

// The fates.
const (
	GoesOn  Fate = iota
	Lost         // it does not arrive, and its connection ends
	Last         // it arrives, and its connection ends
	Stalls       // it arrives, and then its connection stands still for Hold
	Refused      // a client's message does not arrive: Error comes back instead
)

// Start makes a proxy to a server and listens.
func Start(host string, port int) (*Proxy, error) {
	p := &Proxy{Host: "127.0.0.1", target: net.JoinHostPort(host, strconv.Itoa(port)), conns: map[net.Conn]bool{}}
	return p, p.Up()
}

// Address is where it listens.
func (p *Proxy) Address() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// Up listens, on the same port as before.
func (p *Proxy) Up() error {
	l, err := net.Listen("tcp", p.Address())
	if err != nil {
		return err
	}
	p.Port = l.Addr().(*net.TCPAddr).Port
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listen = l
	p.served.Go(func() { p.accept(l) })
	return nil
}

// Down ends every connection and refuses new ones. It must not be called from
// where messages are watched.
func (p *Proxy) Down() {
	p.mu.Lock()
	if p.listen != nil {
		p.listen.Close()
		p.listen = nil
	}
	for c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	p.served.Wait()
}

// Watch has every message shown to a function before it goes on; nil for none.
// It is called by several goroutines.
func (p *Proxy) Watch(watch func(Frame) Verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = watch
}

func (p *Proxy) judge(f Frame) Verdict {
	p.mu.Lock()
	watch := p.watch
	p.mu.Unlock()
	if watch == nil {
		return Verdict{}
	}
	return watch(f)
}

func (p *Proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.served.Go(func() { p.serve(client) })
	}
}

// keep has connections closed by Down; false when that was called.
func (p *Proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	return p.listen != nil
}

func (p *Proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}
