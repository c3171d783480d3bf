package mysql_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/secret"
)

// tryLogin logs in with the engine, and gives the reason when that fails.
func tryLogin(t *testing.T, c rotator.Credential) (rotator.Reason, error) {
	t.Helper()
	session, err := mysql.MariaDB.Login(t.Context(), c, &contract.Report{})
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

func credential(user, password string) rotator.Credential {
	return rotator.Credential{
		Host: server.Host, Port: server.Port, Username: user, Password: secret.Text(password), TLS: rotator.TLSOff,
	}
}

// What the suite asks of a server, on this one.

func lock(t testing.TB, user string)   { execute(t, "ALTER USER "+anywhere(user)+" ACCOUNT LOCK") }
func expire(t testing.TB, user string) { execute(t, "ALTER USER "+anywhere(user)+" PASSWORD EXPIRE") }

// limit leaves a user no further connection.
func limit(t testing.TB, user string) {
	t.Helper()
	execute(t, "ALTER USER "+anywhere(user)+" WITH MAX_USER_CONNECTIONS -1")
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for user, change := range map[string]func(testing.TB, string){"reasons": nil, "reasons_locked": lock, "reasons_expired": expire, "reasons_limited": limit} {
		newUser(t, user, "right")
		if change != nil {
			change(t, user)
		}
	}
	execute(t, "CREATE USER reasons_socket@'%' IDENTIFIED VIA unix_socket", "CREATE USER reasons_tls@'%' IDENTIFIED BY 'right' REQUIRE X509",
		"CREATE USER reasons_elsewhere@'10.1.2.3' IDENTIFIED BY 'right'", "CREATE DATABASE reasons_closed")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	user := func(name string) func(*rotator.Credential) {
		return func(c *rotator.Credential) { c.Username = name }
	}
	for _, c := range []struct {
		name   string
		change func(*rotator.Credential)
		want   rotator.Reason
		says   string
	}{
		{"right", func(*rotator.Credential) {}, "", ""},
		{"wrong password", func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused, "1045"},
		{"no such user", user("reasons_nobody"), rotator.Refused, "1045"},
		{"another host", user("reasons_elsewhere"), rotator.Refused, "1045"},
		{"needs a certificate", user("reasons_tls"), rotator.Refused, "1045"},
		{"socket", user("reasons_socket"), rotator.NoProof, "1698"},
		{"locked", user("reasons_locked"), rotator.Locked, "4151"},
		{"expired", user("reasons_expired"), rotator.Expired, "1820"},
		{"limited", user("reasons_limited"), rotator.LimitHit, "1226"},
		{"no such database", func(c *rotator.Credential) {
			c.Username, c.Password, c.Database = server.User, secret.Text(server.Password), "reasons_none"
		}, rotator.NoDatabase, "1049"},
		{"another's database", func(c *rotator.Credential) { c.Database = "reasons_closed" }, rotator.NoDatabase, "1044"},
		{"nothing there", func(c *rotator.Credential) { c.Port = closed.Addr().(*net.TCPAddr).Port }, rotator.Unreachable, "connection refused"},
		{"unknown host", func(c *rotator.Credential) { c.Host = "no-such-host.invalid" }, rotator.Unresolved, "no-such-host.invalid"},
		{"NUL", user("reasons\x00and more"), rotator.Broken, "NUL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			with := credential("reasons", "right")
			c.change(&with)
			if reason, err := tryLogin(t, with); reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
		})
	}
}

// TestReasonsOfMySQL are errors that MariaDB has not, or not under this number.
func TestReasonsOfMySQL(t *testing.T) {
	t.Parallel()
	for number, want := range map[uint16]rotator.Reason{
		1040: rotator.LimitHit, 1203: rotator.LimitHit, 1820: rotator.Expired, 3118: rotator.Locked, 3955: rotator.Locked, 4150: rotator.Locked,
		1053: rotator.NotReady, 1047: rotator.NotReady, 3032: rotator.NotReady, 3159: rotator.TLSFailed, 1836: rotator.ReadOnly, 1290: rotator.Broken, 1130: rotator.Broken,
	} {
		c := impostor(t, credential("somebody", "right"), func(conn net.Conn) {
			p := peer{conn, bufio.NewReader(conn), 0}
			if number == 1040 || number == 1130 {
				p.fail(number, "no") // before the greeting
				return
			}
			p.greet("8.0.36", "caching_sha2_password")
			p.read()
			p.fail(number, "no")
			p.read()
		})
		if reason, err := tryLogin(t, c); reason != want {
			t.Errorf("error %d is %q (%v), want %q", number, reason, err, want)
		}
	}
}

// TestSandbox is a login with an expired password that the server lets in, to
// change it and do nothing else.
func TestSandbox(t *testing.T) {
	t.Parallel()
	c := impostor(t, credential("somebody", "right"), func(conn net.Conn) {
		p := peer{conn, bufio.NewReader(conn), 0}
		p.greet("8.0.36", "mysql_native_password")
		p.read()
		p.ok()
		p.read()
		p.sequence = 1
		p.fail(1820, "You must reset your password")
		p.read()
	})
	if reason, err := tryLogin(t, c); reason != rotator.Expired {
		t.Errorf("%q: %v", reason, err)
	}
}

// TestAnotherAccount meets servers that let everybody in, as somebody: that
// proves nothing of a password.
func TestAnotherAccount(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"@localhost", "skip-grants user@skip-grants host", "apple@%", "APP@%"} {
		f := &fake{version: "8.0.36", user: user}
		if reason, err := tryLogin(t, f.serve(t)); reason != rotator.NoProof {
			t.Errorf("%s: %q, %v", user, reason, err)
		}
	}
	newUser(t, "at@sign@", "right")
	if reason, err := tryLogin(t, credential("at@sign@", "right")); err != nil {
		t.Errorf("%q: %v", reason, err)
	}
}

// TestConnectionLimit is the failure that AWS's template takes for a wrong
// password (rotation-functions.md, 16.1).
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	newUser(t, "limited", "right", "WITH MAX_USER_CONNECTIONS 1")
	s := single(t, value("limited", "right"))
	s.Write(value("limited", "another")) // so that there is a previous, and it would do
	s.Write(value("limited", "right"))
	held, err := mysql.MariaDB.Login(t.Context(), credential("limited", "right"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	var failed *rotator.LoginError
	if err := set(s); !errors.As(err, &failed) || failed.Reason != rotator.LimitHit {
		t.Errorf("setSecret at the limit: %v", err)
	}
	held.Close()
	execute(t, "ALTER USER limited@'%' WITH MAX_USER_CONNECTIONS 0")
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
}

// TestTimeOut wants the caller's deadline to be named.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	c := impostor(t, credential("somebody", "right"), func(conn net.Conn) { <-t.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := mysql.MariaDB.Login(ctx, c, &contract.Report{})
	var failed *rotator.LoginError
	if !errors.As(err, &failed) || failed.Reason != rotator.TimedOut {
		t.Errorf("%v", err)
	}
}

// TestClosed meets something that hangs up, and wants one try.
func TestClosed(t *testing.T) {
	t.Parallel()
	tries := make(chan struct{}, 9)
	c := impostor(t, credential("somebody", "right"), func(net.Conn) { tries <- struct{}{} })
	if reason, err := tryLogin(t, c); reason != rotator.Broken || len(tries) != 1 {
		t.Errorf("%q: %v, after %d tries", reason, err, len(tries))
	}
}

// TestNonce meets a challenge that the driver cannot take, and wants the login
// to be begun again.
func TestNonce(t *testing.T) {
	t.Parallel()
	var tries atomic.Int64
	f := &fake{version: "11.4.2-MariaDB", user: "somebody@%"}
	c := impostor(t, credential("somebody", "right"), func(conn net.Conn) {
		p := peer{conn, bufio.NewReader(conn), 0}
		p.greet(f.version, "mysql_native_password")
		p.read()
		nonce := bytes.Repeat([]byte{7}, 32)
		if tries.Add(1) < 3 {
			nonce[31] = 0
		}
		p.send(append([]byte("\xfeclient_ed25519\x00"), nonce...)...)
		if proof, err := p.read(); err != nil || len(proof) != 64 {
			return
		}
		p.ok()
		for {
			p.sequence = 0
			packet, err := p.read()
			if err != nil || packet[0] != 3 {
				return
			}
			if !strings.HasPrefix(string(packet[1:]), "SELECT CURRENT") {
				p.table([]string{"now"})
				continue
			}
			f.answer(&p, string(packet[1:]))
		}
	})
	if reason, err := tryLogin(t, c); err != nil || tries.Load() != 3 {
		t.Errorf("%q: %v, after %d tries", reason, err, tries.Load())
	}
}
