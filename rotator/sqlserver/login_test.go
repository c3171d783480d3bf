package sqlserver_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/sqlserver"
	"github.com/alberti-dev/alberti/secret"
)

func (s server) credential(user, password string) rotator.Credential {
	return rotator.Credential{
		Host: s.Host, Port: s.Port, Username: user, Password: secret.Text(password), Database: "app", TLS: rotator.TLSOff,
	}
}

// tryLogin logs in with the engine, and gives the reason when that fails.
func tryLogin(t *testing.T, c rotator.Credential) (rotator.Reason, error) {
	t.Helper()
	session, err := sqlserver.Engine{}.Login(t.Context(), c, &contract.Report{})
	if err == nil {
		if err := errors.Join(session.Test(t.Context(), ""), session.Close()); err != nil {
			t.Error(err)
		}
		return "", nil
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason, err
}

func TestReasons(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("right", "right-1")
	for number, want := range map[int32]rotator.Reason{
		18456: rotator.Refused, 18486: rotator.Locked, 18470: rotator.Locked, 18487: rotator.Expired, 18488: rotator.Expired,
		18461: rotator.NotReady, 18401: rotator.NotReady, 17809: rotator.LimitHit, 978: rotator.ReadOnly, 3906: rotator.ReadOnly,
		18452: rotator.Broken, 17892: rotator.Broken,
	} {
		user := "reason " + strconv.Itoa(int(number))
		s.newLogin(user, "right-1").refusal = number
		if got, err := tryLogin(t, s.credential(user, "right-1")); got != want {
			t.Errorf("%d: %q, %v", number, got, err)
		}
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
	}{
		{"right", func(*rotator.Credential) {}, ""},
		{"wrong password", func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused},
		{"no such login", func(c *rotator.Credential) { c.Username = "nobody" }, rotator.Refused},
		{"no such database", func(c *rotator.Credential) { c.Database = "none" }, rotator.NoDatabase},
		{"Windows", func(c *rotator.Credential) { c.Username = `DOMAIN\right` }, rotator.Broken},
		{"beyond the driver", func(c *rotator.Credential) { c.Password = secret.Text("🔑") }, rotator.Broken},
		{"nothing there", func(c *rotator.Credential) { c.Port = closed.Addr().(*net.TCPAddr).Port }, rotator.Unreachable},
		{"unknown host", func(c *rotator.Credential) { c.Host = "no-such-host.invalid" }, rotator.Unresolved},
	} {
		with := s.credential("right", "right-1")
		c.change(&with)
		if got, err := tryLogin(t, with); got != c.want {
			t.Errorf("%s: %q: %v", c.name, got, err)
		}
	}
}

// TestSilent wants a server that accepts and says nothing to be given up, in
// every phase of a login.
func TestSilent(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := rotator.Credential{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Username: "u", Password: secret.Text("p"), Database: "master", TLS: rotator.TLSRequired,
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = sqlserver.Engine{}.Login(ctx, c, &contract.Report{})
	var failed *rotator.LoginError
	if !errors.As(err, &failed) || failed.Reason != rotator.TimedOut {
		t.Errorf("%v", err)
	}
}

// TestOneLogin wants a refused password to be sent once: each time counts towards
// a lock-out.
func TestOneLogin(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := make(chan int, 1)
	go func() {
		count := 0
		defer func() { n <- count }()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			count++
			conn.Close()
		}
	}()
	c := s.credential("u", "p")
	c.Port = l.Addr().(*net.TCPAddr).Port
	tryLogin(t, c)
	l.Close()
	if count := <-n; count != 1 {
		t.Errorf("%d connections for one login", count)
	}
}

// TestTLS meets a certificate that is vouched for by the secret itself, by nobody,
// and for another name.
func TestTLS(t *testing.T) {
	t.Parallel()
	config, ca := certificate(t)
	s, plain := start(t, config), start(t, nil)
	for _, s := range []server{s, plain} {
		s.newLogin("tls", "right-Tls-1")
	}
	for _, c := range []struct {
		name   string
		server server
		change map[string]any
		want   rotator.Reason // "" succeeds
	}{
		{"known", s, map[string]any{"ssl": true, "sslrootcert": ca}, ""},
		{"known, by default", s, map[string]any{"ssl": nil, "sslrootcert": ca}, ""},
		{"unknown", s, map[string]any{"ssl": true}, rotator.TLSFailed},
		{"unknown, by default", s, map[string]any{"ssl": nil}, rotator.TLSFailed},
		{"another name", s, map[string]any{"ssl": true, "sslrootcert": ca, "sslservername": "elsewhere.example"}, rotator.TLSFailed},
		{"off", s, map[string]any{"ssl": false}, ""},
		{"none, required", plain, map[string]any{"ssl": true}, rotator.NoTLS},
		{"none, by default", plain, map[string]any{"ssl": nil}, rotator.NoTLS}, // the password would be told in clear
		{"none, off", plain, map[string]any{"ssl": false}, ""},
	} {
		v := c.server.value("tls", "right-Tls-1")
		for key, to := range c.change {
			v[key] = to
		}
		subject := c.server.single(t, v)
		subject.Begin()
		subject.Fill(v)
		err := subject.Step(secret.SetSecret)
		var failed *rotator.LoginError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &failed) || failed.Reason != c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestCompatible takes TLS that nobody vouches for, and says so; but no clear text.
func TestCompatible(t *testing.T) {
	t.Parallel()
	config, _ := certificate(t)
	s, plain := start(t, config), start(t, nil)
	s.newLogin("compatible", "right-1")
	plain.newLogin("compatible", "right-1")
	c := s.credential("compatible", "right-1")
	c.TLS = rotator.TLSCompatible
	var r contract.Report
	session, err := sqlserver.Engine{}.Login(t.Context(), c, &r)
	if err != nil {
		t.Fatal(err)
	}
	session.Close()
	if !strings.Contains(strings.Join(r.Notes, "\n"), "nobody vouches") {
		t.Errorf("notes: %q", r.Notes)
	}
	c.Port = plain.Port
	if reason, err := tryLogin(t, c); reason != rotator.NoTLS {
		t.Errorf("%q: %v", reason, err)
	}
}

// TestFreeTDS logs in to the fake with a client that is not Go's: what the fake
// takes for TDS is TDS.
func TestFreeTDS(t *testing.T) {
	t.Parallel()
	config, _ := certificate(t)
	for name, c := range map[string]*tls.Config{"plain": nil, "TLS": config} {
		s := start(t, c)
		s.newLogin("free", "right-Ünï-1")
		s.newUser("app", "free", "free", false)
		for password, works := range map[string]bool{"right-Ünï-1": true, "wrong": false} {
			tsql := exec.Command("tsql", "-H", s.Host, "-p", strconv.Itoa(s.Port), "-U", "free", "-P", password, "-D", "app", "-J", "UTF-8")
			tsql.Env = append(tsql.Environ(), "TDSVER=7.4", "LC_ALL=C.UTF-8")
			tsql.Stdin = strings.NewReader("SELECT name FROM sys.database_principals WHERE authentication_type = 2\ngo\nexit\n")
			out, err := tsql.CombinedOutput()
			if works && (err != nil || !strings.Contains(string(out), "1 row")) || !works && !strings.Contains(string(out), "18456") {
				t.Errorf("%s, %s: %v\n%s", name, password, err, out)
			}
		}
	}
}

func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	pair, err := certtest.New("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	config, err := pair.Config()
	if err != nil {
		t.Fatal(err)
	}
	return config, string(pair.CA)
}
