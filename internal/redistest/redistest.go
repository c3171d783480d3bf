// Package redistest starts real Redis or Valkey servers for tests: on a free
// port of the loopback interface, in a folder of their own, ended with the
// process that started them.
package redistest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
	"github.com/alberti-dev/alberti/internal/testport"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 10 * time.Second
	pollEvery  = 10 * time.Millisecond
)

// Options of a server; the zero value keeps its users in its configuration file.
type Options struct {
	Settings map[string]string
	ACLFile  bool // users in a file of their own
	NoFile   bool // no configuration file: nothing that is changed lasts
	TLS      bool // on a port of its own, with a certificate that nobody vouches for
}

// Server is a server that runs.
type Server struct {
	Host     string
	Port     int
	TLSPort  int
	Password string // of the default user, who may do everything
	CA       []byte // what vouches for the certificate, as PEM

	dir     string
	options Options
	process *process.Process
}

// Start makes a server and waits until it answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	dir, err := os.MkdirTemp("", "alberti-redis-")
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", Password: rand.Text(), dir: dir, options: o}
	err = s.configure()
	if err == nil {
		err = s.launch(ctx)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

// configure chooses ports and writes what the server reads.
func (s *Server) configure() (err error) {
	settings := map[string]string{
		"bind": s.Host, "dir": s.dir, "logfile": s.path("log"), "loglevel": "debug",
		"save": `""`, "requirepass": s.Password, "daemonize": "no",
	}
	if s.Port, err = testport.FreeOne(s.Host); err != nil {
		return err
	}
	settings["port"] = strconv.Itoa(s.Port)
	if s.options.TLS {
		if err := s.addTLS(settings); err != nil {
			return err
		}
	}
	if s.options.ACLFile {
		settings["aclfile"] = s.path("users.acl")
		sum := "user default on >" + s.Password + " ~* &* +@all\n"
		if err := os.WriteFile(settings["aclfile"], []byte(sum), 0o600); err != nil {
			return err
		}
		delete(settings, "requirepass")
	}
	maps.Copy(settings, s.options.Settings)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&text, "%s %s\n", key, settings[key])
	}
	return os.WriteFile(s.path("redis.conf"), []byte(text.String()), 0o600)
}

func (s *Server) addTLS(settings map[string]string) error {
	pair, err := certtest.New("localhost", s.Host)
	if err != nil {
		return err
	}
	files, err := pair.Write(s.dir)
	if err != nil {
		return err
	}
	if s.TLSPort, err = testport.FreeOne(s.Host); err != nil {
		return err
	}
	s.CA = pair.CA
	maps.Copy(settings, map[string]string{
		"tls-port": strconv.Itoa(s.TLSPort), "tls-cert-file": files.Cert, "tls-key-file": files.Key,
		"tls-ca-cert-file": files.CA, "tls-auth-clients": "no",
	})
	return nil
}

// launch starts the process. Without a file the configuration comes in at its
// standard input, which it cannot write to.
func (s *Server) launch(ctx context.Context) error {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		if program, err = exec.LookPath("valkey-server"); err != nil {
			return errors.New("redistest: no redis-server or valkey-server in PATH: install it, as script/install-deps does")
		}
	}
	cmd := exec.Command(program, s.path("redis.conf"))
	if s.options.NoFile {
		text, err := os.ReadFile(s.path("redis.conf"))
		if err != nil {
			return err
		}
		cmd = exec.Command(program, "-")
		cmd.Stdin = strings.NewReader(string(text))
	}
	if s.process, err = process.Start(cmd); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return s.ready(ctx)
}

func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		conn, err := net.Dial("tcp", s.Address())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-s.process.Ended:
			return fmt.Errorf("redistest: the server ended while starting; its log:\n%s", s.Log())
		case <-ctx.Done():
			s.process.Kill()
			return fmt.Errorf("redistest: the server did not start in time: %w; its log:\n%s", err, s.Log())
		case <-tick.C:
		}
	}
}

// Address is where it listens in clear.
func (s *Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Log is all that it has logged.
func (s *Server) Log() string { return s.File("log") }

// File is a file in its folder: redis.conf, users.acl, log.
func (s *Server) File(name string) string {
	text, _ := os.ReadFile(s.path(name))
	return string(text)
}

// Login opens a connection.
func (s *Server) Login(user, password string) (redis.Conn, error) {
	return redis.Dial("tcp", s.Address(), redis.DialUsername(user), redis.DialPassword(password))
}

// Restart ends the server as a crash would, and starts it again.
func (s *Server) Restart(ctx context.Context) error {
	s.process.Kill()
	return s.launch(ctx)
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	s.process.Stop(stopLimit)
	os.RemoveAll(s.dir)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }
