package postgres_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/secret"
)

// tryLogin logs in with the engine, and gives the reason when that fails.
func tryLogin(t *testing.T, c rotator.Credential) (rotator.Reason, *contract.Report, error) {
	t.Helper()
	var r contract.Report
	session, err := postgres.Engine{}.Login(t.Context(), c, &r)
	if err == nil {
		if err := errors.Join(session.Test(t.Context(), ""), session.Close()); err != nil {
			t.Error(err)
		}
		return "", &r, nil
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason, &r, err
}

func credential(user, password string) rotator.Credential {
	return rotator.Credential{
		Host: server.Host, Port: server.Port, Username: user, Password: secret.Text(password),
		Database: "postgres", TLS: rotator.TLSOff,
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	newRole(t, "reasons", "right")
	newRole(t, "reasons_once", "right", "CONNECTION LIMIT 1")
	newRole(t, "reasons_expired", "right", "VALID UNTIL '2001-01-01'")
	newRole(t, "reasons_nologin", "right")
	execute(t, "ALTER ROLE reasons_nologin NOLOGIN")
	newRole(t, "reasons_tls", "right", "IN ROLE tlsonly")
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
		{"right, with one connection", func(c *rotator.Credential) { c.Username = "reasons_once" }, "", ""},
		{"wrong password", func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused, "28P01"},
		{"no such user", func(c *rotator.Credential) { c.Username = "reasons_nobody" }, rotator.Refused, "28P01"},
		{"expired", func(c *rotator.Credential) { c.Username = "reasons_expired" }, rotator.Refused, "28P01"},
		{"may not log in", func(c *rotator.Credential) { c.Username = "reasons_nologin" }, rotator.Locked, "not permitted to log in"},
		{"pg_hba.conf", func(c *rotator.Credential) { c.Username = "reasons_tls" }, rotator.Forbidden, "pg_hba.conf rejects"},
		{"no such database", func(c *rotator.Credential) { c.Database = "reasons_none" }, rotator.NoDatabase, "3D000"},
		{"nothing there", func(c *rotator.Credential) { c.Port = closed.Addr().(*net.TCPAddr).Port }, rotator.Unreachable, "connection refused"},
		{"unknown host", func(c *rotator.Credential) { c.Host = "no-such-host.invalid" }, rotator.Unresolved, "no-such-host.invalid"},
		{"NUL", func(c *rotator.Credential) { c.Username = "reasons\x00user\x00postgres" }, rotator.Broken, "NUL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := credential("reasons", "right")
			c.change(&with)
			reason, _, err := tryLogin(t, with)
			if reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
		})
	}
}

// TestConnectionLimit is the failure that AWS's template takes for a wrong
// password (rotation-functions.md, 16.1).
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	newRole(t, "limited", "right", "CONNECTION LIMIT 1")
	s := single(t, value("limited", "right"))
	s.Write(value("limited", "right")) // so that there is a previous, and it would do
	held, err := postgres.Engine{}.Login(t.Context(), credential("limited", "right"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	began := strings.Count(server.Log(), `for role "limited"`)
	var failed *rotator.LoginError
	if err := set(s); !errors.As(err, &failed) || failed.Reason != rotator.LimitHit {
		t.Errorf("setSecret at the limit: %v", err)
	}
	if n := strings.Count(server.Log(), `too many connections for role "limited"`) - began; n != 1 {
		t.Errorf("%d logins with a good password, want 1: no other is tried", n)
	}
	held.Close()
	execute(t, "ALTER ROLE limited CONNECTION LIMIT -1")
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
}

// TestUnreachable wants no step to go on, and no change, without a server.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	newRole(t, "unreachable", "right")
	s := single(t, with(value("unreachable", "right"), "host", "no-such-host.invalid"))
	err := set(s)
	var failed *rotator.LoginError
	if !errors.As(err, &failed) || failed.Reason != rotator.Unresolved {
		t.Errorf("setSecret: %v", err)
	}
	if err := s.Step(secret.TestSecret); err == nil || !strings.HasPrefix(err.Error(), "Unable to log into database with pending secret of secret ARN ") {
		t.Errorf("testSecret: %v", err)
	}
	accepts(t, "unreachable", "right")
}

func TestStartingUp(t *testing.T) {
	t.Parallel()
	c := impostor(t, credential("somebody", "right"), func(conn net.Conn) {
		b := pgproto3.NewBackend(conn, conn)
		b.ReceiveStartupMessage()
		b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P03", Message: "the database system is starting up"})
		b.Flush()
	})
	if reason, _, err := tryLogin(t, c); reason != rotator.NotReady || !strings.Contains(err.Error(), "starting up") {
		t.Errorf("%q: %v", reason, err)
	}
}

// impostor listens in the place of a server, and gives the credential for it.
func impostor(t *testing.T, c rotator.Credential, serve func(net.Conn)) rotator.Credential {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	c.Host, c.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	return c
}

// TestTimeOut wants the caller's deadline to be named.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	c := impostor(t, credential("somebody", "right"), func(conn net.Conn) { conn.Read(make([]byte, 1)); <-t.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := postgres.Engine{}.Login(ctx, c, &contract.Report{})
	var failed *rotator.LoginError
	if !errors.As(err, &failed) || failed.Reason != rotator.TimedOut {
		t.Errorf("%v", err)
	}
}

// TestTrust: a server that takes any password would let every test pass.
func TestTrust(t *testing.T) {
	t.Parallel()
	newRole(t, "trusting", "right", "IN ROLE trusted")
	reason, _, err := tryLogin(t, credential("trusting", "wrong"))
	if reason != rotator.NoProof {
		t.Errorf("%q, %v", reason, err)
	}
}
