// Package mongotest starts real FerretDB servers for tests: MongoDB's protocol,
// users, passwords and SCRAM, over SQLite. It knows no roles; a Proxy before it
// keeps those.
package mongotest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/alberti-dev/alberti/internal/process"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 10 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// Server is a server that runs and takes connections.
type Server struct {
	Host     string
	Port     int    // plain
	TLSPort  int    // TLS, with a certificate for 127.0.0.1 and localhost
	CA       []byte // who signed it, as PEM
	User     string // who may do all, in the database admin
	Password string

	dir     string
	log     *process.Output
	process *process.Process
	stop    sync.Once
	stopErr error

	mu    sync.Mutex
	admin *mongo.Client
}

// Start makes a server, building it where this machine has none yet, and waits
// until it takes connections. The context bounds the build.
func Start(ctx context.Context) (*Server, error) {
	program, err := ferretDB(ctx)
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", User: "root", Password: rand.Text(), log: &process.Output{}}
	if s.dir, err = os.MkdirTemp("", "alberti-mongo-"); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if err = s.launch(ctx, program); err != nil {
		os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

func (s *Server) launch(ctx context.Context, program string) (err error) {
	files, err := s.addCertificate()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "run", "--handler=sqlite", "--sqlite-url=file:"+s.dir+"/", "--state-dir="+s.dir,
		"--listen-addr="+s.Host+":0", "--listen-tls="+s.Host+":0", "--listen-tls-cert-file="+files.Cert, "--listen-tls-key-file="+files.Key,
		"--debug-addr=-", "--telemetry=disable", "--log-level=info", "--test-enable-new-auth", "--setup-database=admin", "--setup-username="+s.User)
	cmd.Dir, cmd.Stderr = s.dir, s.log
	cmd.Env = []string{"FERRETDB_SETUP_PASSWORD=" + s.Password}
	if s.process, err = process.Start(cmd); err != nil {
		return err
	}
	if err = s.ready(ctx); err == nil {
		s.admin, err = s.Connect(s.User, s.Password, "admin")
	}
	if err != nil {
		return fmt.Errorf("mongotest: %w; its log:\n%s", errors.Join(err, s.Stop()), s.Log())
	}
	return nil
}

var listens = regexp.MustCompile(`Listening on (TCP|TLS) 127\.0\.0\.1:(\d+)`)

// ready waits until the server says where it listens.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		ports := map[string]int{}
		for _, m := range listens.FindAllStringSubmatch(s.Log(), -1) {
			ports[m[1]], _ = strconv.Atoi(m[2])
		}
		if s.Port, s.TLSPort = ports["TCP"], ports["TLS"]; s.Port > 0 && s.TLSPort > 0 {
			return nil
		}
		select {
		case <-s.process.Ended:
			return errors.New("FerretDB ended while starting")
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// Stop ends the server and removes its data. It may be called again.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		if s.admin != nil {
			s.admin.Disconnect(context.Background())
		}
		if !s.process.Stop(stopLimit) {
			s.stopErr = fmt.Errorf("mongotest: FerretDB did not stop within %v and was killed", stopLimit)
		}
		os.RemoveAll(s.dir)
	})
	return s.stopErr
}

// Log is all that the server has logged.
func (s *Server) Log() string { return s.log.String() }

// Connect logs in past every proxy. The caller disconnects.
func (s *Server) Connect(user, password, database string) (*mongo.Client, error) {
	client, err := mongo.Connect(options.Client().SetHosts([]string{fmt.Sprintf("%s:%d", s.Host, s.Port)}).SetDirect(true).
		SetServerSelectionTimeout(startLimit).SetAuth(options.Credential{AuthSource: database, Username: user, Password: password, PasswordSet: true}))
	if err != nil {
		return nil, err
	}
	if err := client.Ping(context.Background(), nil); err != nil {
		return nil, errors.Join(err, client.Disconnect(context.Background()))
	}
	return client, nil
}

// CanLogin logs in afresh, and gives the error if the server does not let one in.
func (s *Server) CanLogin(user, password, database string) error {
	client, err := s.Connect(user, password, database)
	if err != nil {
		return err
	}
	return client.Disconnect(context.Background())
}

// Run runs a command as the administrator. One at a time: the server keeps its
// users in a file.
func (s *Server) Run(database string, command bson.D) (out bson.D, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.admin.Database(database).RunCommand(context.Background(), command).Decode(&out)
	return out, err
}
