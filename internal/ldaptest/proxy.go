package ldaptest

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Proxy stands before a server and breaks the connections of one user: LDAP
// servers have no request for that.
type Proxy struct {
	Host string
	Port int

	listener net.Listener
	dial     func() (net.Conn, error)
	tls      *tls.Config
	work     sync.WaitGroup

	mu    sync.Mutex
	bound map[net.Conn]string // who is on a client's connection
}

// NewProxy listens on a free port of a host. With a configuration it ends TLS
// itself; dial makes the connections to the server.
func NewProxy(host string, t *tls.Config, dial func() (net.Conn, error)) (*Proxy, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	p := &Proxy{Host: host, Port: l.Addr().(*net.TCPAddr).Port, listener: l, dial: dial, tls: t, bound: map[net.Conn]string{}}
	p.work.Go(p.accept)
	return p, nil
}

// Drop breaks the connections on which a user was the last to bind.
func (p *Proxy) Drop(is func(name string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn, name := range p.bound {
		if is(name) {
			conn.Close()
		}
	}
}

// Close breaks every connection and waits until all work has ended.
func (p *Proxy) Close() {
	p.listener.Close()
	p.Drop(func(string) bool { return true })
	p.work.Wait()
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.tls != nil {
			conn = tls.Server(conn, p.tls)
		}
		p.note(conn, "")
		p.work.Go(func() { p.serve(conn) })
	}
}

func (p *Proxy) serve(client net.Conn) {
	defer p.forget(client)
	defer client.Close()
	server, err := p.dial()
	if err != nil {
		return
	}
	p.work.Go(func() {
		io.Copy(client, server)
		client.Close()
	})
	defer server.Close()
	for {
		var heard bytes.Buffer
		message, err := ber.ReadPacket(io.TeeReader(client, &heard))
		if err != nil {
			return
		}
		if name, ok := bindName(message); ok {
			p.note(client, name) // before the answer is there
		}
		if _, err := server.Write(heard.Bytes()); err != nil {
			return
		}
	}
}

// bindName is the name in a BindRequest (RFC 4511, 4.2).
func bindName(message *ber.Packet) (string, bool) {
	if len(message.Children) < 2 || message.Children[1].ClassType != ber.ClassApplication ||
		message.Children[1].Tag != ldap.ApplicationBindRequest || len(message.Children[1].Children) < 2 {
		return "", false
	}
	name, ok := message.Children[1].Children[1].Value.(string)
	return name, ok
}

func (p *Proxy) note(conn net.Conn, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound[conn] = name
}

func (p *Proxy) forget(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.bound, conn)
}
