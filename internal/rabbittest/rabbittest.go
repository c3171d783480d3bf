// Package rabbittest starts real RabbitMQ servers for tests: on free ports of the
// loopback interface, in a folder of their own, with a port mapper of their own,
// ended with the process that started them.
package rabbittest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
	"github.com/alberti-dev/alberti/internal/testport"
)

const (
	startLimit = 2 * time.Minute // ten seconds, when the machine has nothing else to do
	pollEvery  = 100 * time.Millisecond
)

// User is the administrator.
const User = "admin"

// Server is a server that runs, with the management plugin, in clear and with TLS.
type Server struct {
	Host                             string
	AMQP, AMQPS, Management, Secured int // ports
	Password                         string
	CA                               []byte // what vouches for its certificate, as PEM

	dir    string
	mapper *process.Process
	broker *process.Process
}

// Start makes a server and waits until it answers.
func Start(ctx context.Context) (*Server, error) {
	dir, err := os.MkdirTemp("", "alberti-rabbit-")
	if err != nil {
		return nil, err
	}
	s := &Server{Host: "127.0.0.1", Password: rand.Text(), dir: dir}
	if err := s.start(ctx); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Server) start(ctx context.Context) error {
	ports, err := testport.Free(s.Host, 6)
	if err != nil {
		return err
	}
	s.AMQP, s.AMQPS, s.Management, s.Secured = ports[0], ports[1], ports[2], ports[3]
	if err := s.configure(); err != nil {
		return err
	}
	if err := s.launch(ports[4], ports[5]); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return s.ready(ctx)
}

// configure writes what the server reads.
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
	text := fmt.Sprintf(`listeners.tcp.1 = %[1]s:%[2]d
listeners.ssl.1 = %[1]s:%[3]d
ssl_options.certfile = %[6]s
ssl_options.keyfile = %[7]s
management.tcp.ip = %[1]s
management.tcp.port = %[4]d
management.ssl.ip = %[1]s
management.ssl.port = %[5]d
management.ssl.certfile = %[6]s
management.ssl.keyfile = %[7]s
default_user = %[8]s
default_pass = %[9]s
log.file = %[10]s
log.file.level = debug
`, s.Host, s.AMQP, s.AMQPS, s.Management, s.Secured, files.Cert, files.Key, User, s.Password, s.path("log"))
	return errors.Join(
		os.WriteFile(s.path("rabbitmq.conf"), []byte(text), 0o600),
		os.WriteFile(s.path("plugins"), []byte("[rabbitmq_management].\n"), 0o600),
	)
}

// launch starts the port mapper and the broker. Erlang would start a mapper
// that stays behind.
func (s *Server) launch(mapperPort, distributionPort int) (err error) {
	program, mapper, err := programs()
	if err != nil {
		return err
	}
	port := fmt.Sprint(mapperPort)
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LC_ALL=C.UTF-8",
		"ERL_EPMD_ADDRESS=" + s.Host, "ERL_EPMD_PORT=" + port,
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", distributionPort),
		fmt.Sprintf("RABBITMQ_NODENAME=alberti-%d@localhost", s.AMQP),
		"RABBITMQ_CONF_ENV_FILE=/dev/null", "RABBITMQ_MNESIA_BASE=" + s.path("mnesia"), "RABBITMQ_LOG_BASE=" + s.dir,
		"RABBITMQ_CONFIG_FILE=" + s.path("rabbitmq.conf"), "RABBITMQ_ENABLED_PLUGINS_FILE=" + s.path("plugins"),
		"RABBITMQ_GENERATED_CONFIG_DIR=" + s.path("generated"), "RABBITMQ_PID_FILE=" + s.path("pid"),
		"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 2",
		"RUNNING_UNDER_SYSTEMD=true", // the script becomes the broker instead of starting it
	}
	epmd := exec.Command(mapper, "-address", s.Host, "-port", port)
	epmd.Env = env
	if s.mapper, err = process.Start(epmd); err != nil {
		return err
	}
	cmd := exec.Command(program)
	cmd.Env, cmd.Dir = env, s.dir
	s.broker, err = process.Start(cmd)
	return err
}

// programs are the broker's script, not Debian's wrapper, which changes to another
// user, and the port mapper.
func programs() (broker, mapper string, err error) {
	broker = "/usr/lib/rabbitmq/bin/rabbitmq-server"
	if _, err := os.Stat(broker); err != nil {
		if broker, err = exec.LookPath("rabbitmq-server"); err != nil {
			return "", "", errors.New("rabbittest: no rabbitmq-server: install it, as script/install-deps does")
		}
	}
	mapper, err = exec.LookPath("epmd")
	return broker, mapper, err
}

// ready waits until the administrator can log in, and the broker listens: it does
// that last.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		status, err := s.whoami(ctx)
		if err == nil && status == http.StatusOK {
			err = s.listens(s.AMQP, s.AMQPS)
		}
		if err == nil && status == http.StatusOK {
			return nil
		}
		select {
		case <-s.broker.Ended:
			return fmt.Errorf("rabbittest: the server ended while starting; its log:\n%s", s.Log())
		case <-ctx.Done():
			return fmt.Errorf("rabbittest: the server did not start in time: %d, %w; its log:\n%s", status, err, s.Log())
		case <-tick.C:
		}
	}
}

func (s *Server) listens(ports ...int) error {
	for _, port := range ports {
		conn, err := net.Dial("tcp", net.JoinHostPort(s.Host, strconv.Itoa(port)))
		if err != nil {
			return err
		}
		conn.Close()
	}
	return nil
}

func (s *Server) whoami(ctx context.Context) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/api/whoami", nil)
	if err != nil {
		return 0, err
	}
	request.SetBasicAuth(User, s.Password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, response.Body.Close()
}

// URL is where the management API is in clear.
func (s *Server) URL() string { return fmt.Sprintf("http://%s:%d", s.Host, s.Management) }

// Log is all that it has logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(s.path("log"))
	return string(text)
}

// Stored is all that it keeps on its disk, save for log and configuration.
func (s *Server) Stored() string {
	var all strings.Builder
	filepath.WalkDir(s.path("mnesia"), func(name string, _ os.DirEntry, _ error) error {
		if text, err := os.ReadFile(name); err == nil {
			all.Write(text)
		}
		return nil
	})
	return all.String()
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() {
	if s.broker != nil {
		s.broker.Kill() // an orderly end takes seconds, and leaves nothing that would be kept
	}
	if s.mapper != nil {
		s.mapper.Kill()
	}
	os.RemoveAll(s.dir)
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }
