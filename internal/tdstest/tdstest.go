// Package tdstest is the wire of SQL Server without the server: the part of TDS
// 7.4 (MS-TDS) that a login and plain statements need, with what is behind it left
// to a Handler. There is no SQL Server that tests could start.
package tdstest

import (
	"crypto/tls"
	"net"
	"sync"
	"testing"
)

// Handler is what logs in and answers.
type Handler interface {
	// Login takes a login, or gives the errors that turn it down.
	Login(user, password, database string) []Error
	// Query answers a batch, or a call of sp_executesql with parameters.
	Query(s *Session, text string, params map[string]string) Result
}

// Error is an error as SQL Server numbers them.
type Error struct {
	Number  int32
	Message string
}

// Result is the answer to a query. The kinds of columns are those of the first
// row: string, bool, int64 or []byte.
type Result struct {
	Columns []string
	Rows    [][]any
	Errors  []Error
	Hangup  bool // no answer, and the end of the connection
}

// Session is a login.
type Session struct {
	User, Database string

	conn net.Conn
}

// Server listens on the loopback interface.
type Server struct {
	Host string
	Port int

	handler  Handler
	tls      *tls.Config
	listener net.Listener

	mu       sync.Mutex
	sessions map[*Session]bool
	all      sync.WaitGroup
}

// Start starts a server for the length of a test; without a TLS configuration it
// says that it has none.
func Start(t testing.TB, h Handler, c *tls.Config) *Server {
	t.Helper()
	s, err := Listen(h, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Listen starts a server.
func Listen(h Handler, c *tls.Config) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port,
		handler: h, tls: c, listener: listener, sessions: map[*Session]bool{},
	}
	if c != nil { // handshakes of TLS 1.3 do not fit into TDS 7
		s.tls = c.Clone()
		s.tls.MaxVersion = tls.VersionTLS12
	}
	s.all.Go(s.accept)
	return s, nil
}

// Close ends the server and all sessions.
func (s *Server) Close() {
	s.listener.Close()
	s.end(func(*Session) bool { return true })
	s.all.Wait()
}

// Drop breaks the connections of a user.
func (s *Server) Drop(user string) {
	s.end(func(of *Session) bool { return of.User == user })
}

func (s *Server) end(which func(*Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		if which(session) {
			session.conn.Close()
		}
	}
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		session := &Session{conn: conn}
		s.mu.Lock()
		s.sessions[session] = true
		s.mu.Unlock()
		s.all.Go(func() {
			defer func() {
				conn.Close()
				s.mu.Lock()
				delete(s.sessions, session)
				s.mu.Unlock()
			}()
			s.serve(session)
		})
	}
}
