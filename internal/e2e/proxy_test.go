package e2e_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"testing"
)

// proxy stands between Alberti and PostgreSQL and reads what goes through. It
// does not know TLS: the secret's ssl key must be false.
type proxy struct {
	Host string
	Port int

	target string
	served sync.WaitGroup
	mu     sync.Mutex
	listen net.Listener // nil when down
	conns  map[net.Conn]bool
	watch  func(frame) verdict
}

// frame is one message of PostgreSQL's protocol; kind is 0 for the one that opens
// a connection.
type frame struct {
	kind byte
	raw  []byte
}

// verdict says what becomes of a message to the server.
type verdict struct {
	fate fate
	then func() // called when it meets its fate, nil for nothing
}

type fate int

const (
	goesOn     fate = iota
	lost            // it does not reach the server, and its connection ends
	answerLost      // the server does it; the answer is lost, and the connection ends
)

// newProxy makes a proxy to the database, which listens until the end of the test.
func newProxy(t testing.TB) *proxy {
	t.Helper()
	pg := database(t)
	p := &proxy{Host: "127.0.0.1", target: net.JoinHostPort(pg.Host, strconv.Itoa(pg.Port)), conns: map[net.Conn]bool{}}
	p.Up(t)
	t.Cleanup(p.Down)
	return p
}

// Via leads a login through the proxy.
func (p *proxy) Via(l login) login {
	l.Host, l.Port, l.TLS = p.Host, p.Port, "false"
	return l
}

// Address is where it listens.
func (p *proxy) Address() string { return net.JoinHostPort(p.Host, strconv.Itoa(p.Port)) }

// Up listens, on the same port as before.
func (p *proxy) Up(t testing.TB) {
	t.Helper()
	l, err := net.Listen("tcp", p.Address())
	if err != nil {
		t.Fatal(err)
	}
	p.Port = l.Addr().(*net.TCPAddr).Port
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listen = l
	p.served.Go(func() { p.accept(l) })
}

// Down ends every connection and refuses new ones.
func (p *proxy) Down() {
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

// Watch has every message to the server shown to a function before it goes on.
func (p *proxy) Watch(watch func(frame) verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watch = watch
}

func (p *proxy) judge(f frame) verdict {
	p.mu.Lock()
	watch := p.watch
	p.mu.Unlock()
	if watch == nil {
		return verdict{}
	}
	return watch(f)
}

func (p *proxy) accept(l net.Listener) {
	for {
		client, err := l.Accept()
		if err != nil {
			return
		}
		p.served.Go(func() { p.pass(client) })
	}
}

// keep has connections closed by Down; false when that was called.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		p.conns[c] = true
	}
	return p.listen != nil
}

func (p *proxy) forget(conns ...net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		delete(p.conns, c)
	}
}

func (p *proxy) pass(client net.Conn) {
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
	withheld := make(chan func(), 1) // the answer under way is lost
	var both sync.WaitGroup
	both.Go(func() {
		defer server.Close()
		p.upstream(client, server, withheld)
	})
	both.Go(func() {
		defer client.Close()
		downstream(server, client, withheld)
	})
	both.Wait()
}

func (p *proxy) upstream(client io.Reader, server io.Writer, withheld chan<- func()) {
	for opening := true; ; opening = false {
		f, err := readFrame(client, !opening)
		if err != nil {
			return
		}
		v := p.judge(f)
		if v.then == nil {
			v.then = func() {}
		}
		switch v.fate {
		case lost:
			v.then()
			return
		case answerLost:
			withheld <- v.then
		}
		if _, err := server.Write(f.raw); err != nil {
			return
		}
	}
}

func downstream(server io.Reader, client io.Writer, withheld <-chan func()) {
	const commandComplete = 'C'
	for {
		f, err := readFrame(server, true)
		if err != nil {
			return
		}
		if f.kind == commandComplete {
			select {
			case then := <-withheld:
				then()
				return
			default:
			}
		}
		if _, err := client.Write(f.raw); err != nil {
			return
		}
	}
}

// readFrame reads a message; the one that opens a connection has no kind.
func readFrame(r io.Reader, kind bool) (frame, error) {
	head := make([]byte, 4, 5)
	if kind {
		head = head[:5]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return frame{}, err
	}
	size := int(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	if size < 0 || size > 1<<20 {
		return frame{}, errors.New("no message of PostgreSQL")
	}
	raw := append(head, make([]byte, size)...)
	if _, err := io.ReadFull(r, raw[len(head):]); err != nil {
		return frame{}, err
	}
	f := frame{raw: raw}
	if kind {
		f.kind = head[0]
	}
	return f, nil
}

// says tells whether a message is a statement with all these words, sent in the
// simple or the extended protocol.
func (f frame) says(words ...string) bool {
	if f.kind != 'Q' && f.kind != 'P' {
		return false
	}
	for _, word := range words {
		if !bytes.Contains(f.raw, []byte(word)) {
			return false
		}
	}
	return true
}
