// Package pgtest starts real PostgreSQL servers of one's own: for tests, for
// the demonstration and for measuring. A server has a data directory of its
// own, a free port on the loopback interface and a random superuser password,
// and it ends with the process that started it, even one that was killed (on
// Linux; elsewhere a server outlives a parent that was killed).
package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startLimit is how long initdb and the start may take together.
const startLimit = time.Minute

// Options of a server; the zero value is a durable server without TLS that asks
// everybody for a SCRAM password.
type Options struct {
	Settings map[string]string // for postgresql.conf, such as log_statement: all
	HBA      []string          // lines of pg_hba.conf, before those that are there
	TLS      bool              // with a certificate for localhost that Server.Roots trusts
	NoSync   bool              // no fsync: fast, and gone after a power cut
	Release  int               // 12 or 18; 0 is the system's own
}

// Server is a server that runs and takes connections.
type Server struct {
	Host     string
	Port     int
	User     string         // the superuser
	Password string         // of the superuser
	Roots    *x509.CertPool // trusts the server's certificate; nil without TLS
	CA       []byte         // the same as PEM, for sslrootcert

	// ClientCert and ClientKey are a certificate that the server knows, for clients
	// of whom pg_hba.conf wants one (clientcert=verify-ca); nil without TLS.
	ClientCert, ClientKey []byte

	dir      string
	programs programs
	owner    owner
	process  *process
	stop     sync.Once
	stopErr  error
	lastLog  string // what Log gives once the server is gone
}

// Start makes a server and waits until it takes connections. The context bounds
// the start, not the life of the server: Stop ends it.
func Start(ctx context.Context, o Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	programs, err := o.programs()
	if err != nil {
		return nil, err
	}
	owner, err := findOwner()
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", User: "postgres", Password: rand.Text(), programs: programs, owner: owner}
	if s.dir, err = owner.makeDir(); err != nil {
		return nil, err
	}
	if err = s.initialize(ctx, o); err == nil {
		err = s.launch(ctx)
	}
	if err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func (o Options) programs() (programs, error) {
	if o.Release != 0 {
		return findRelease(o.Release)
	}
	return findPrograms()
}

// Run starts a server for the length of a test: without fsync, and with at most
// one set of other options. The test fails where there is no PostgreSQL.
func Run(t testing.TB, options ...Options) *Server {
	t.Helper()
	o := Options{}
	if len(options) > 0 {
		o = options[0]
	}
	o.NoSync = true
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// DSN is the URL for a user. TLS is used where the server has it, unverified.
func (s *Server) DSN(user, password, database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(user, password),
		Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port)), Path: "/" + database,
		RawQuery: "sslmode=prefer",
	}
	return u.String()
}

// Log is all that the server has logged.
func (s *Server) Log() string {
	text, err := os.ReadFile(s.logPath())
	if err != nil {
		return s.lastLog
	}
	return string(text)
}

// Stop ends the server, breaking its connections, and removes its data. It may
// be called again.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.stopErr = s.process.stop()
		s.lastLog = s.Log()
		os.RemoveAll(s.dir)
	})
	return s.stopErr
}

// Restart ends the server as a crash would, breaking its connections, and starts
// it again on the same port and data. Nothing else may use s meanwhile.
func (s *Server) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err := s.process.end(syscall.SIGQUIT); err != nil {
		return err
	}
	return s.serve(ctx)
}

func (s *Server) dataPath() string { return filepath.Join(s.dir, "data") }
func (s *Server) logPath() string  { return filepath.Join(s.dir, "log") }

// withLog adds what the server said last to an error.
func (s *Server) withLog(err error) error {
	text := s.Log()
	return fmt.Errorf("pgtest: %w; its log ends:\n%s", err, text[max(0, len(text)-2000):])
}
