// Package mysqltest starts real go-mysql-server servers for tests: MySQL's
// protocol, login and users, over memory. It is not MySQL: doc/engines/mysql.md
// lists what it lacks of what the engine sends.
package mysqltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
)

const startLimit = 30 * time.Second

// Server is a server that runs and takes connections. It has the database app.
type Server struct {
	Host     string
	Port     int
	User     string // the administrator
	Password string // of the administrator
	CA       []byte // who signed its certificate for 127.0.0.1, as PEM

	log     *process.Output
	process *process.Process
	stop    sync.Once
}

// Start makes a server, building it where this machine has none yet, and waits
// until it takes connections. The context bounds the build.
func Start(ctx context.Context) (*Server, error) {
	path, err := program(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", User: "admin", Password: rand.Text(), log: &process.Output{}}
	pair, err := certtest.New(s.Host)
	if err != nil {
		return nil, err
	}
	s.CA = pair.CA
	cmd := exec.Command(path)
	cmd.Env = []string{"ADMIN_PASSWORD=" + s.Password, "TLS_CERT=" + string(pair.Cert), "TLS_KEY=" + string(pair.Key)}
	cmd.Stderr = s.log
	if s.process, err = process.Start(cmd); err != nil {
		return nil, err
	}
	if err := s.ready(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("mysqltest: %w; its log:\n%s", err, s.log)
	}
	return s, nil
}

// ready waits for the port. It is the server's already when it is printed: whoever
// connects then waits in the kernel's queue.
func (s *Server) ready(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	select {
	case line := <-s.process.FirstLine:
		if s.Port, err = strconv.Atoi(strings.TrimSpace(line)); err != nil {
			return errors.New("go-mysql-server ended while starting")
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	db := s.Open(s.User, s.Password)
	defer db.Close()
	return db.PingContext(ctx)
}

// Open gives connections of a user, without TLS. The caller closes them.
func (s *Server) Open(user, password string) *sql.DB {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr = user, password, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		panic(err) // nothing in it depends on what is given
	}
	return sql.OpenDB(connector)
}

// Stop ends the server, which keeps nothing. It may be called again.
func (s *Server) Stop() { s.stop.Do(s.process.Kill) }
