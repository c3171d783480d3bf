package redis_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/redistest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	engine "github.com/alberti-dev/alberti/rotator/redis"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// reason logs in, and says why that fails.
func reason(t *testing.T, ctx context.Context, c rotator.Credential) (rotator.Reason, error) {
	t.Helper()
	s, err := engine.Engine{}.Login(ctx, c, &contract.Report{})
	if err == nil {
		return "", s.Close()
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason, err
}

func TestReasons(t *testing.T) {
	t.Parallel()
	newUser(t, "reasons", "right")
	newUser(t, "reasons-off", "right", "off")
	newUser(t, "reasons-nopass", "right", "nopass")
	full := start(t, redistest.Options{})
	held, err := full.Login("default", full.Password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	if _, err := held.Do("CONFIG", "SET", "maxclients", 1); err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for _, c := range []struct {
		name   string
		change func(*rotator.Credential)
		want   rotator.Reason
		says   string
	}{
		{"right", func(*rotator.Credential) {}, "", ""},
		{"wrong password", func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused, "WRONGPASS"},
		{"no such user", func(c *rotator.Credential) { c.Username = "reasons-nobody" }, rotator.Refused, "WRONGPASS"},
		{"off", func(c *rotator.Credential) { c.Username = "reasons-off" }, rotator.Refused, "WRONGPASS"},
		{"any password", func(c *rotator.Credential) { c.Username = "reasons-nopass" }, rotator.NoProof, "nopass"},
		{"full", func(c *rotator.Credential) { c.Port = full.Port }, rotator.LimitHit, "max number of clients"},
		{"nothing there", func(c *rotator.Credential) { c.Port = closed.Addr().(*net.TCPAddr).Port }, rotator.Unreachable, "connection refused"},
		{"unknown host", func(c *rotator.Credential) { c.Host = "no-such-host.invalid" }, rotator.Unresolved, "no-such-host.invalid"},
		{"TLS asked for", func(c *rotator.Credential) { c.TLS = rotator.TLSRequired }, rotator.NoTLS, ""},
		{"TLS preferred", func(c *rotator.Credential) { c.TLS = rotator.TLSPreferred }, rotator.NoTLS, "ssl key"},
		{"plain where TLS is", func(c *rotator.Credential) { c.Port = server.TLSPort }, rotator.Broken, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with := credential("reasons", "right")
			c.change(&with)
			if got, err := reason(t, t.Context(), with); got != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", got, err, c.want, c.says)
			}
		})
	}
}

// TestAnswers are those that a server gives while it is not in order.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]rotator.Reason{
		"LOADING Redis is loading the dataset in memory":                                                 rotator.NotReady,
		"MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.":               rotator.NotReady,
		"BUSY Redis is busy running a script.":                                                           rotator.NotReady,
		"READONLY You can't write against a read only replica.":                                          rotator.ReadOnly,
		"NOPERM this user has no permissions":                                                            rotator.Broken,
		"DENIED Redis is running in protected mode":                                                      rotator.Broken,
		"ERR AUTH <password> called without any password configured for the default user. Are you sure?": rotator.NoProof,
		"ERR max number of clients + cluster connections reached":                                        rotator.LimitHit,
		"ERR unknown command `AUTH`":                                                                     rotator.Broken,
		"WRONGPASS invalid username-password pair or user is disabled.":                                  rotator.Refused,
		"WRONGPASSWORD is another code":                                                                  rotator.Broken,
	} {
		c := impostor(t, func(conn net.Conn) { io.WriteString(conn, "-"+answer+"\r\n"); io.Copy(io.Discard, conn) })
		if got, err := reason(t, t.Context(), c); got != want {
			t.Errorf("%s: %q, %v", answer, got, err)
		}
	}
}

// impostor listens in the place of a server, and gives a login for it.
func impostor(t *testing.T, serve func(net.Conn)) rotator.Credential {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer conn.Close(); serve(conn) })
		}
	})
	c := credential("somebody", "right-Password-1")
	c.Port = l.Addr().(*net.TCPAddr).Port
	return c
}

func TestTimeOut(t *testing.T) {
	t.Parallel()
	c := impostor(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got, err := reason(t, ctx, c); got != rotator.TimedOut {
		t.Errorf("%q: %v", got, err)
	}
}

// TestNoPasswordInClear listens to what is said before there is TLS.
func TestNoPasswordInClear(t *testing.T) {
	t.Parallel()
	for mode, told := range map[rotator.TLSMode]bool{
		rotator.TLSRequired: false, rotator.TLSPreferred: false, rotator.TLSCompatible: false, rotator.TLSOff: true,
	} {
		var mu sync.Mutex
		var heard strings.Builder
		hungUp := make(chan struct{}, 8)
		c := impostor(t, func(conn net.Conn) {
			defer func() { hungUp <- struct{}{} }()
			for r := bufio.NewReader(conn); ; {
				line, err := r.ReadString('\n')
				mu.Lock()
				heard.WriteString(line)
				mu.Unlock()
				if err != nil || line == "" {
					return
				}
				io.WriteString(conn, "+OK\r\n") // to each line
			}
		})
		c.TLS = mode
		if got, err := reason(t, t.Context(), c); got == "" {
			t.Errorf("mode %d: logged in at an impostor: %v", mode, err)
		}
		<-hungUp
		mu.Lock()
		if strings.Contains(heard.String(), "right-Password-1") != told {
			t.Errorf("mode %d: the password was told: %v", mode, !told)
		}
		mu.Unlock()
	}
}

// TestTLS meets a certificate that nobody vouches for but the secret itself.
func TestTLS(t *testing.T) {
	t.Parallel()
	newUser(t, "tls", "right")
	secure := with(with(value("tls", "right"), "port", server.TLSPort), "ssl", true)
	for name, c := range map[string]struct {
		value map[string]any
		want  rotator.Reason
	}{
		"nobody vouches":  {secure, rotator.TLSFailed},
		"not asked for":   {with(secure, "ssl", nil), rotator.TLSFailed},
		"vouched for":     {with(secure, "sslrootcert", string(server.CA)), ""},
		"by another name": {with(with(secure, "sslrootcert", string(server.CA)), "sslservername", "elsewhere.example"), rotator.TLSFailed},
		"localhost":       {with(with(secure, "sslrootcert", string(server.CA)), "sslservername", "localhost"), ""},
	} {
		s := single(t, c.value)
		s.Begin()
		s.Fill(c.value) // the password that is in force: nothing changes
		err := s.Step(secret.SetSecret)
		var failed *rotator.LoginError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &failed) || failed.Reason != c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	s := single(t, with(secure, "sslrootcert", string(server.CA)))
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "tls", password)
}

// TestElastiCache rotates a secret of the form that AWS's function for
// ElastiCache users has, which names no engine.
func TestElastiCache(t *testing.T) {
	t.Parallel()
	newUser(t, "elasticache", "right")
	v := with(value("elasticache", "right"), "user_arn", "arn:aws:elasticache:eu-west-1:123456789012:user:elasticache")
	delete(v, "engine")
	s := rotatortest.New(t, rotatortest.NewSecrets(), "elasticache", rotator.SingleUser, engine.ElastiCache, v)
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "elasticache", password)
	accepts(t, "elasticache", "right")
}
