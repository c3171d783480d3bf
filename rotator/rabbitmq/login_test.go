package rabbitmq_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rabbitmq"
	"github.com/alberti-dev/alberti/secret"
)

func TestReasons(t *testing.T) {
	t.Parallel()
	newUser(t, "reasons-tagged", "right", "monitoring")
	newUser(t, "reasons", "right", "")
	permit(t, "reasons", "/")
	newUser(t, "reasons-nowhere", "right", "")
	newUser(t, "reasons-limited", "right", "")
	limit(t, "reasons-limited")
	closed := closedPort(t)
	for _, c := range []struct {
		name, user, password string
		change               map[string]any
		want                 rotator.Reason
		says                 string
	}{
		{name: "right", user: "reasons"},
		{name: "tagged", user: "reasons-tagged"},
		{name: "no virtual host", user: "reasons-nowhere"},
		{name: "wrong password", user: "reasons", password: "wrong", want: rotator.Refused, says: "Login failed"},
		{name: "wrong password, tagged", user: "reasons-tagged", password: "wrong", want: rotator.Refused, says: "Login failed"},
		{name: "no such user", user: "reasons-nobody", want: rotator.Refused, says: "Login failed"},
		{name: "limited", user: "reasons-limited", want: rotator.LimitHit, says: "limit (0) is reached"},
		{name: "no such virtual host", user: "reasons", change: map[string]any{"dbname": "none"}, want: rotator.NoDatabase, says: "not found"},
		{name: "no API", user: "reasons", change: map[string]any{"managementport": closed}, want: rotator.Unreachable, says: "connection refused"},
		{name: "no broker", user: "reasons", change: map[string]any{"port": closed}, want: rotator.Unreachable, says: "connection refused"},
		{name: "unknown host", user: "reasons", change: map[string]any{"host": "no-such-host.invalid"}, want: rotator.Unresolved},
		{name: "colon", user: "reasons:", want: rotator.Broken, says: "colon"},
		{name: "TLS asked for", user: "reasons", change: map[string]any{"ssl": true}, want: rotator.NoTLS, says: "HTTP response to HTTPS"},
		{name: "TLS preferred", user: "reasons", change: map[string]any{"ssl": nil}, want: rotator.NoTLS, says: "ssl key"},
		{name: "nobody vouches", user: "reasons", change: map[string]any{"ssl": true, "managementport": server.Secured}, want: rotator.TLSFailed},
		{name: "vouched for", user: "reasons", change: map[string]any{
			"ssl": true, "managementport": server.Secured, "port": server.AMQPS, "sslrootcert": string(server.CA)}},
		{name: "by another name", user: "reasons", change: map[string]any{"ssl": true, "managementport": server.Secured, "port": server.AMQPS,
			"sslrootcert": string(server.CA), "sslservername": "elsewhere.example"}, want: rotator.TLSFailed},
		{name: "broker without TLS", user: "reasons", change: map[string]any{
			"ssl": true, "managementport": server.Secured, "sslrootcert": string(server.CA)}, want: rotator.NoTLS, says: "without TLS"},
		{name: "no port", user: "reasons", change: map[string]any{"managementport": "x"}, want: rotator.Broken, says: "managementport"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.password == "" {
				c.password = "right"
			}
			v := value(c.user, c.password)
			for key, to := range c.change {
				v[key] = to
			}
			_, err := enter(t, v)
			if got := reason(t, err); got != c.want || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", got, err, c.want, c.says)
			}
		})
	}
}

func closedPort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// TestAnswers are those of an API that is not in order: none speaks against the
// password.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		text   string
		want   rotator.Reason
	}{
		{401, `{"error":"not_authorized","reason":"Login failed"}`, rotator.Refused},
		{401, `{"error":"not_authorised","reason":"User can only log in via localhost"}`, rotator.Broken},
		{401, `a proxy of somebody's`, rotator.Broken},
		{403, `{}`, rotator.Broken},
		{302, ``, rotator.Broken},
		{500, `{"reason":"Login failed"}`, rotator.Broken},
		{503, ``, rotator.NotReady},
	} {
		fake := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", server.URL()+"/api/whoami")
			w.WriteHeader(c.status)
			io.WriteString(w, c.text)
		}))
		at, err := url.Parse(fake.URL)
		if err != nil {
			t.Fatal(err)
		}
		port, err := strconv.Atoi(at.Port())
		if err != nil {
			t.Fatal(err)
		}
		_, err = enter(t, with(value(rabbittest.User, server.Password), "managementport", port))
		if got := reason(t, err); got != c.want {
			t.Errorf("%d %s: %v, want %q", c.status, c.text, err, c.want)
		}
		fake.Close()
	}
}

func TestTimeOut(t *testing.T) {
	t.Parallel()
	l := listen(t, func(conn net.Conn) { io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	taken := takeCredential(t, with(value("somebody", "right"), "managementport", l))
	_, err := rabbitmq.Engine{}.Login(ctx, taken, &contract.Report{})
	if got := reason(t, err); got != rotator.TimedOut {
		t.Errorf("%q: %v", got, err)
	}
}

// TestBrokerHangsUp has a broker that ends the connection in the middle of a
// login. The driver calls that bad credentials; it is not.
func TestBrokerHangsUp(t *testing.T) {
	t.Parallel()
	newUser(t, "hangs-up", "right", "")
	l := listen(t, func(conn net.Conn) {
		broker, err := net.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.AMQP)))
		if err != nil {
			return
		}
		defer broker.Close()
		first := make([]byte, 4096)
		if n, err := conn.Read(first); err == nil {
			broker.Write(first[:n])
		}
		if n, err := broker.Read(first); err == nil {
			conn.Write(first[:n]) // what the broker is; the password comes next
		}
		conn.Read(first)
	})
	_, err := enter(t, with(value("hangs-up", "right"), "port", l))
	if got := reason(t, err); got != rotator.Broken || !strings.Contains(err.Error(), "not allowed") {
		t.Errorf("%q: %v", got, err)
	}
}

// TestNoPasswordInClear listens to what is said before there is TLS.
func TestNoPasswordInClear(t *testing.T) {
	t.Parallel()
	for ssl, told := range map[any]bool{true: false, nil: false, false: true} {
		var mu sync.Mutex
		var heard strings.Builder
		l := listen(t, func(conn net.Conn) {
			text, _ := io.ReadAll(io.LimitReader(conn, 100))
			mu.Lock()
			heard.Write(text)
			mu.Unlock()
		})
		v := with(with(value("somebody", "right"), "managementport", l), "ssl", ssl)
		if _, err := enter(t, v); err == nil {
			t.Errorf("ssl %v: logged in at an impostor", ssl)
		}
		mu.Lock()
		if strings.Contains(heard.String(), "GET /api/whoami") != told {
			t.Errorf("ssl %v: a request was sent in clear: %v", ssl, !told)
		}
		mu.Unlock()
	}
}

// listen listens in the place of a server, and gives the port.
func listen(t *testing.T, serve func(net.Conn)) (port int) {
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
	return l.Addr().(*net.TCPAddr).Port
}

// TestStatement asks for things that exist and some that do not.
func TestStatement(t *testing.T) {
	t.Parallel()
	newUser(t, "statement", "right", "")
	permit(t, "statement", "/")
	admin(t, http.MethodPut, "/queues/%2F/a%20queue", map[string]any{})
	s, err := enter(t, value("statement", "right"))
	if err != nil {
		t.Fatal(err)
	}
	for statement, says := range map[string]string{
		"": "", "queue a queue": "", "exchange amq.topic": "",
		"queue none": "NOT_FOUND", "exchange none": "NOT_FOUND", "delete everything": "a test statement is", "queue": "a test statement is",
	} {
		if err := s.Test(t.Context(), statement); (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want the words %q", statement, err, says)
		}
	}
}

// TestNotAllowed has users who may not change their own passwords.
func TestNotAllowed(t *testing.T) {
	t.Parallel()
	for name, tags := range map[string]string{"lesser": "", "lesser-monitoring": "monitoring", "lesser-management": "management,policymaker"} {
		newUser(t, name, "right", tags)
		s, err := enter(t, value(name, "right"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetPassword(t.Context(), name, secret.Text("new-1")); !errors.Is(err, rotator.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
		accepts(t, name, "right")
	}
}

// takeCredential is the credential of a value.
func takeCredential(t *testing.T, v map[string]any) rotator.Credential {
	t.Helper()
	taken := &taker{}
	taken.take(t, v)
	return taken.credential
}
