// Package ldaptest starts real OpenLDAP servers (slapd) for tests: with the
// overlay for password policies, a certificate of an authority of their own, free
// ports on the loopback interface and a folder of their own. A server ends with
// the process that started it.
package ldaptest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
	"github.com/alberti-dev/alberti/internal/testport"
)

const (
	startLimit = 30 * time.Second
	pollEvery  = 20 * time.Millisecond
	portTries  = 3 // a port that was free may be taken before the server has it
)

// Base is what the directory holds; people are below People.
const (
	Base   = "dc=alberti,dc=test"
	People = "ou=people," + Base
	Admin  = "cn=admin," + Base // may write passwords, and nothing else
	root   = "cn=root," + Base  // no password policy is for it
)

// Server is a server that runs.
type Server struct {
	Host          string
	Port, TLSPort int // for StartTLS and plain; for LDAPS
	AdminPassword string
	CA            []byte // PEM

	dir          string
	rootPassword string
	process      *process.Process
	log          process.Output

	mu   sync.Mutex
	root *ldap.Conn
}

// Start makes a server and waits until it answers. The context bounds the start:
// Stop ends the server.
func Start(ctx context.Context) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "alberti-ldap-")
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", AdminPassword: rand.Text(), dir: dir, rootPassword: rand.Text()}
	if err = s.configure(); err == nil {
		err = s.launch(ctx)
	}
	if err == nil {
		err = s.fill()
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("ldaptest: %w; the log ends:\n%s", err, s.Log()[max(0, len(s.Log())-2000):])
	}
	return s, nil
}

// Stop ends the server and removes its data.
func (s *Server) Stop() {
	if s.root != nil {
		s.root.Close()
	}
	if s.process != nil {
		s.process.Stop(5 * time.Second)
	}
	os.RemoveAll(s.dir)
}

// Log is all that the server has logged.
func (s *Server) Log() string { return s.log.String() }

func (s *Server) configure() error {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return err
	}
	files, err := pair.Write(s.dir)
	if err != nil {
		return err
	}
	s.CA = pair.CA
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	return os.WriteFile(s.config(), []byte(strings.NewReplacer(
		"DIR", s.dir, "ROOTPW", s.rootPassword, "ROOT", root, "BASE", Base, "ADMIN", Admin,
		"CAFILE", files.CA, "CERTFILE", files.Cert, "KEYFILE", files.Key,
	).Replace(slapdConf)), 0o600)
}

func (s *Server) config() string { return filepath.Join(s.dir, "slapd.conf") }

const slapdConf = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
pidfile DIR/pid
argsfile DIR/args
TLSCACertificateFile CAFILE
TLSCertificateFile CERTFILE
TLSCertificateKeyFile KEYFILE
TLSVerifyClient try
sizelimit 50
database mdb
suffix "BASE"
rootdn "ROOT"
rootpw ROOTPW
directory DIR/data
dbnosync
overlay ppolicy
ppolicy_use_lockout
ppolicy_default "cn=default,BASE"
access to attrs=userPassword
	by dn.exact="ADMIN" write
	by self =xw
	by anonymous auth
access to attrs=entry,uid,objectClass
	by * read
access to *
	by self write
	by users read
`

func (s *Server) launch(ctx context.Context) error {
	program, err := exec.LookPath("slapd")
	if err != nil {
		program = "/usr/sbin/slapd" // often not in PATH
	}
	for try := 1; ; try++ {
		if err = s.serve(ctx, program); err == nil || ctx.Err() != nil || try == portTries {
			return err
		}
	}
}

func (s *Server) serve(ctx context.Context, program string) (err error) {
	if s.Port, err = testport.FreeOne(s.Host); err != nil {
		return err
	}
	if s.TLSPort, err = testport.FreeOne(s.Host); err != nil {
		return err
	}
	cmd := exec.Command(program, "-f", s.config(), "-d", "stats,stats2,acl,args,config,parse",
		"-h", fmt.Sprintf("ldap://%s:%d ldaps://%s:%d", s.Host, s.Port, s.Host, s.TLSPort))
	cmd.Stderr = &s.log
	if s.process, err = process.Start(cmd); err != nil {
		return fmt.Errorf("%w: install the package slapd, as script/install-deps does", err)
	}
	return s.ready(ctx)
}

// ready waits until our server lets its own root in: another one on the port
// would not.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		conn, err := s.bind(root, s.rootPassword)
		if err == nil {
			s.root = conn
			return nil
		}
		select {
		case <-s.process.Ended:
			return errors.New("slapd ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("slapd did not start in time: %w", err)
		case <-tick.C:
		}
	}
}

// Login binds past everything, without TLS.
func (s *Server) Login(dn, password string) error {
	conn, err := s.bind(dn, password)
	if err != nil {
		return err
	}
	return conn.Close()
}

func (s *Server) bind(dn, password string) (*ldap.Conn, error) {
	conn, err := ldap.DialURL(fmt.Sprintf("ldap://%s:%d", s.Host, s.Port))
	if err != nil {
		return nil, err
	}
	if err := conn.Bind(dn, password); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}
