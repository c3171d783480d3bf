package mongotest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Proxy stands before a server. It keeps what FerretDB does not: the roles, the
// customData and the restrictions of users, by the rules of MongoDB's manual. It
// remembers the commands that passed, can answer in the server's place, and can
// break the connections of a user.
type Proxy struct {
	Host string
	Port int

	server   *Server
	listener net.Listener
	running  sync.WaitGroup

	mu       sync.Mutex
	conns    map[*conn]string // user, once it logs in
	gone     *sync.Cond
	accounts map[string]bson.D // by database and name
	seen     []bson.D
	answer   func(command bson.D) bson.D
}

// conn is a client's connection and the one to the server that belongs to it.
type conn struct{ client, server net.Conn }

func (c *conn) close() { c.client.Close(); c.server.Close() }

// Proxy makes one. It ends with Close.
func (s *Server) Proxy() (*Proxy, error) {
	l, err := net.Listen("tcp", s.Host+":0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{Host: s.Host, Port: l.Addr().(*net.TCPAddr).Port, server: s, listener: l, conns: map[*conn]string{}, accounts: map[string]bson.D{}}
	p.gone = sync.NewCond(&p.mu)
	p.running.Add(1)
	go p.accept()
	return p, nil
}

// Close breaks all connections.
func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	for c := range p.conns {
		c.close()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// Drop breaks a user's connections, and waits until they are gone.
func (p *Proxy) Drop(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.has(user) {
		p.gone.Wait()
	}
}

// has closes the connections of a user that there still are.
func (p *Proxy) has(user string) (any bool) {
	for c, name := range p.conns {
		if name == user {
			c.close()
			any = true
		}
	}
	return any
}

// Answer answers commands in the server's place from now on, where it gives other
// than nil.
func (p *Proxy) Answer(answer func(command bson.D) bson.D) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// Seen are the commands of a name that passed.
func (p *Proxy) Seen(name string) (out []bson.D) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.seen {
		if c[0].Key == name {
			out = append(out, c)
		}
	}
	return out
}

// Account is what the proxy keeps of a user.
func (p *Proxy) Account(database, user string) bson.D {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(bson.D{}, p.accounts[database+"."+user]...)
}

// Change sets a field that the proxy keeps of a user, as an administrator does.
func (p *Proxy) Change(database, user, field string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := database + "." + user
	p.accounts[id] = with(p.accounts[id], field, value)
}

func (p *Proxy) accept() {
	defer p.running.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", net.JoinHostPort(p.server.Host, strconv.Itoa(p.server.Port)))
		if err != nil {
			client.Close()
			continue
		}
		c := &conn{client, server}
		p.mu.Lock()
		p.conns[c] = ""
		p.mu.Unlock()
		p.running.Add(1)
		go p.serve(c)
	}
}

// serve takes one command after the other: drivers wait for each answer.
func (p *Proxy) serve(c *conn) {
	defer p.running.Done()
	defer func() {
		c.close()
		p.mu.Lock()
		delete(p.conns, c)
		p.gone.Broadcast()
		p.mu.Unlock()
	}()
	for {
		request, err := read(c.client)
		if err != nil {
			return
		}
		reply, err := p.exchange(c, request)
		if err != nil {
			return
		}
		if _, err := c.client.Write(reply); err != nil {
			return
		}
	}
}

// exchange gives the answer to a message.
func (p *Proxy) exchange(c *conn, request message) (message, error) {
	command, ok := request.document()
	p.mu.Lock()
	if user := request.user(); user != "" {
		p.conns[c] = user
	}
	if ok {
		p.seen = append(p.seen, command)
	}
	answer := p.answer
	p.mu.Unlock()
	if !ok { // the first hello, in the old form
		return forward(c, request)
	}
	if answer != nil {
		if reply := answer(command); reply != nil {
			return request.with(reply, request.id()), nil
		}
	}
	rest, kept := split(command)
	if command[0].Key == "updateUser" && value(rest, "pwd") == nil {
		p.keep(command, kept)
		return request.with(bson.D{{Key: "ok", Value: 1.0}}, request.id()), nil
	}
	reply, err := forward(c, request.with(rest, 0))
	if err != nil {
		return nil, err
	}
	out, ok := reply.document()
	if !ok || value(out, "ok") != 1.0 {
		return reply, nil
	}
	p.keep(command, kept)
	return reply.with(p.merged(command, out), request.id()), nil
}

func forward(c *conn, m message) (message, error) {
	if _, err := c.server.Write(m); err != nil {
		return nil, err
	}
	return read(c.server)
}

// message is one of MongoDB's protocol: length, id, id answered to, opcode, body.
type message []byte

const (
	headerSize = 16
	opMsg      = 2013
	maxMessage = 48 << 20
)

func read(r io.Reader) (message, error) {
	m := make(message, headerSize)
	if _, err := io.ReadFull(r, m); err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint32(m))
	if size < headerSize || size > maxMessage {
		return nil, errors.New("mongotest: not a message")
	}
	m = append(m, make([]byte, size-headerSize)...)
	_, err := io.ReadFull(r, m[headerSize:])
	return m, err
}

func (m message) id() uint32 { return binary.LittleEndian.Uint32(m[4:]) }

// user is whom a message logs in, by the first words of SCRAM: n,,n=USER,r=…
func (m message) user() string {
	_, rest, found := strings.Cut(string(m), "n,,n=")
	user, _, _ := strings.Cut(rest, ",r=")
	if !found {
		return ""
	}
	return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(user)
}

// document is the body of an OP_MSG: flags, kind 0, one document.
func (m message) document() (d bson.D, ok bool) {
	if binary.LittleEndian.Uint32(m[12:]) != opMsg || len(m) < 21 || m[20] != 0 {
		return nil, false
	}
	err := bson.Unmarshal(m[21:], &d)
	return d, err == nil && len(d) > 0
}

// with is an OP_MSG of the same id with another body; an answer where it is to one.
func (m message) with(body bson.D, to uint32) message {
	raw, err := bson.Marshal(body)
	if err != nil {
		raw = []byte{5, 0, 0, 0, 0}
	}
	out := make(message, headerSize, 21+len(raw))
	binary.LittleEndian.PutUint32(out, uint32(21+len(raw)))
	copy(out[4:], m[4:8])
	binary.LittleEndian.PutUint32(out[8:], to)
	binary.LittleEndian.PutUint32(out[12:], opMsg)
	return append(append(out, 0, 0, 0, 0, 0), raw...)
}
