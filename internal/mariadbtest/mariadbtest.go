// Package mariadbtest starts real MariaDB servers of one's own for tests: with a
// data directory of their own, a free port on the loopback interface and a
// random administrator's password. A server ends with the process that started
// it, even one that was killed (on Linux).
package mariadbtest

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
	"github.com/alberti-dev/alberti/internal/testport"
)

const (
	startLimit = time.Minute
	stopLimit  = 10 * time.Second      // for an orderly stop, before it is killed
	pollEvery  = 20 * time.Millisecond // how often a starting server is asked
	portTries  = 3                     // a port that was free may be taken before the server has it
)

// Options of a server; the zero value has no TLS.
type Options struct {
	Settings []string // such as max_connections=500
	TLS      bool     // with a certificate for localhost that Server.CA signs
	SQL      []string // statements that run before anybody can log in
}

// Server is a server that runs and takes connections. It logs every statement
// as it was sent.
type Server struct {
	Host     string
	Port     int
	User     string         // the administrator
	Password string         // of the administrator
	Roots    *x509.CertPool // trusts the server's certificate; nil without TLS
	CA       []byte         // the same as PEM, for sslrootcert

	// ClientCert and ClientKey are a certificate that the server knows, for accounts
	// with REQUIRE X509; nil without TLS.
	ClientCert, ClientKey []byte

	dir     string
	files   certtest.Files // with TLS
	process *process.Process
	stop    sync.Once
	stopErr error
}

// Start makes a server and waits until it takes connections. The context bounds
// the start, not the life of the server: Stop ends it.
func Start(ctx context.Context, o Options) (s *Server, err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	s = &Server{Host: "127.0.0.1", User: "admin", Password: "Aa1-" + rand.Text()} // good enough for servers that check
	if s.dir, err = os.MkdirTemp("", "alberti-mariadb-"); err != nil {
		return nil, err
	}
	if err = s.initialize(ctx, o); err == nil {
		err = s.launch(ctx, o)
	}
	if err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

// find gives the path of a program of the server's.
func find(name string) (string, error) {
	for _, dir := range []string{"", "/usr/sbin", "/usr/bin", "/usr/local/bin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("mariadbtest: no %s: install the package mariadb-server, as script/install-deps does", name)
}

// initialize makes the data directory and what the server reads at its start.
func (s *Server) initialize(ctx context.Context, o Options) error {
	install, err := find("mariadb-install-db")
	if err != nil {
		return err
	}
	arguments := append([]string{"--no-defaults", "--datadir=" + s.path("data"), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve"}, asRoot()...)
	if out, err := exec.CommandContext(ctx, install, arguments...).CombinedOutput(); err != nil {
		return fmt.Errorf("mariadbtest: mariadb-install-db: %w\n%s", err, out)
	}
	if o.TLS {
		if err := s.addCertificate(); err != nil {
			return err
		}
	}
	// Nobody but the administrator; the log begins when the password is set.
	statements := slices.Concat([]string{
		"DELETE FROM mysql.global_priv WHERE User = 'root'", "FLUSH PRIVILEGES",
		"CREATE USER 'admin'@'127.0.0.1' IDENTIFIED BY '" + s.Password + "'",
		"GRANT ALL ON *.* TO 'admin'@'127.0.0.1' WITH GRANT OPTION",
		"INSERT INTO mysql.proxies_priv (Host, User, Proxied_host, Proxied_user, With_grant) VALUES ('127.0.0.1', 'admin', '%', '', 1)", "FLUSH PRIVILEGES",
	}, o.SQL, []string{"SET GLOBAL general_log = 1"})
	return os.WriteFile(s.path("init.sql"), []byte(strings.Join(statements, ";\n")+";\n"), 0o600)
}

// asRoot is what root must say to be obeyed.
func asRoot() []string {
	if os.Geteuid() == 0 {
		return []string{"--user=root"}
	}
	return nil
}

// launch starts the server and waits until it takes connections.
func (s *Server) launch(ctx context.Context, o Options) error {
	mariadbd, err := find("mariadbd")
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		if s.Port, err = testport.FreeOne(s.Host); err != nil {
			return err
		}
		if s.process, err = process.Start(exec.Command(mariadbd, s.arguments(o)...)); err != nil {
			return err
		}
		if err = s.ready(ctx); err == nil {
			return nil
		}
		s.process.Kill()
		if ctx.Err() != nil || try == portTries {
			return fmt.Errorf("mariadbtest: %w; its log ends:\n%s", err, tail(s.path("error.log")))
		}
	}
}

func (s *Server) arguments(o Options) []string {
	out := append([]string{"--no-defaults"}, asRoot()...)
	for _, setting := range append([]string{
		"datadir=" + s.path("data"), "socket=" + s.path("socket"), "pid-file=" + s.path("pid"),
		"bind-address=" + s.Host, "port=" + strconv.Itoa(s.Port), "skip-name-resolve", "init-file=" + s.path("init.sql"),
		"log-error=" + s.path("error.log"), "general-log-file=" + s.path("general.log"), "max-connections=500",
		"innodb-buffer-pool-size=16M", "innodb-log-file-size=4M", "innodb-flush-log-at-trx-commit=0",
	}, o.Settings...) {
		out = append(out, "--"+setting)
	}
	if o.TLS {
		out = append(out, "--ssl-ca="+s.files.CA, "--ssl-cert="+s.files.Cert, "--ssl-key="+s.files.Key)
	}
	return out
}

// ready waits until the administrator can log in. The password is random: where
// another server took the port first, it does not know it.
func (s *Server) ready(ctx context.Context) error {
	db := s.Open(s.User, s.Password)
	defer db.Close()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-s.process.Ended:
			return errors.New("MariaDB ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("MariaDB did not start in time: %w", err)
		case <-tick.C:
		}
	}
}

// Open gives connections of a user, without TLS. The caller closes them.
func (s *Server) Open(user, password string) *sql.DB {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = user, password, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	c.Logger, c.InterpolateParams = &mysql.NopLogger{}, true
	connector, err := mysql.NewConnector(c)
	if err != nil {
		panic(err) // nothing in it depends on what is given
	}
	return sql.OpenDB(connector)
}

// Log is every statement that the server was sent, and what it complained of.
func (s *Server) Log() string {
	general, _ := os.ReadFile(s.path("general.log"))
	complaints, _ := os.ReadFile(s.path("error.log"))
	return string(general) + string(complaints)
}

// Stop ends the server, breaking its connections, and removes its data. It may
// be called again.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		defer os.RemoveAll(s.dir)
		if !s.process.Stop(stopLimit) {
			s.stopErr = fmt.Errorf("mariadbtest: MariaDB did not stop within %v and was killed", stopLimit)
		}
	})
	return s.stopErr
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func tail(path string) string {
	text, _ := os.ReadFile(path)
	return string(text[max(0, len(text)-2000):])
}
