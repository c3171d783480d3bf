package mongodb_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mongodb"
	"github.com/alberti-dev/alberti/secret"
)

// tryLogin logs in with the engine, and gives the reason when that fails.
func tryLogin(t *testing.T, c rotator.Credential) (rotator.Reason, error) {
	t.Helper()
	session, err := mongodb.Engine{}.Login(t.Context(), c, &contract.Report{})
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
		Host: proxy.Host, Port: proxy.Port, Username: user, Password: secret.Text(password),
		Database: "admin", TLS: rotator.TLSOff,
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	newUser(t, "reasons", "right")
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
		{"wrong password", func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused, "Authentication"},
		{"no such user", func(c *rotator.Credential) { c.Username = "reasons_nobody" }, rotator.Refused, "Authentication"},
		{"nothing there", func(c *rotator.Credential) { c.Port = closed.Addr().(*net.TCPAddr).Port }, rotator.Unreachable, "connection refused"},
		{"unknown host", func(c *rotator.Credential) { c.Host = "no-such-host.invalid" }, rotator.Unresolved, "no-such-host.invalid"},
		{"server without TLS", func(c *rotator.Credential) { c.TLS = rotator.TLSRequired }, rotator.TLSFailed, ""},
		{"perhaps TLS", func(c *rotator.Credential) { c.TLS = rotator.TLSPreferred }, rotator.TLSFailed, ""},
		{"in clear for want of TLS", func(c *rotator.Credential) { c.TLS = rotator.TLSCompatible }, rotator.NoTLS, "in clear"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			with := credential("reasons", "right")
			c.change(&with)
			began := time.Now()
			reason, err := tryLogin(t, with)
			if reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
			if took := time.Since(began); took > 4*time.Second {
				t.Errorf("it took %v to find out", took)
			}
		})
	}
}

// TestAnswers has the server turn logins down in other ways.
func TestAnswers(t *testing.T) {
	t.Parallel()
	newUser(t, "answers", "right")
	for code, want := range map[int32]rotator.Reason{
		18: rotator.Refused, 10107: rotator.ReadOnly, 91: rotator.NotReady, 11600: rotator.NotReady,
		13: rotator.Broken, 334: rotator.Broken, 8000: rotator.Broken,
	} {
		p, err := server.Proxy()
		if err != nil {
			t.Fatal(err)
		}
		p.Answer(func(command bson.D) bson.D {
			if command[0].Key != "saslStart" && command[0].Key != "saslContinue" {
				return nil
			}
			return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: code}, {Key: "errmsg", Value: "no"}}
		})
		c := credential("answers", "wrong") // so that the first hello does not let it in
		c.Port = p.Port
		if reason, err := tryLogin(t, c); reason != want {
			t.Errorf("code %d: %q, %v, want %q", code, reason, err, want)
		}
		p.Close()
	}
}

// TestTimeOut meets a server that says nothing.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // whose connections nobody takes
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := credential("somebody", "right")
	c.Port = l.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = mongodb.Engine{}.Login(ctx, c, &contract.Report{})
	var failed *rotator.LoginError
	if !errors.As(err, &failed) || failed.Reason != rotator.TimedOut {
		t.Errorf("%v", err)
	}
}

// TestTLS meets a certificate that signs itself, with and without its authority
// in the secret, and under another name.
func TestTLS(t *testing.T) {
	t.Parallel()
	newUser(t, "tls", "right")
	ca := string(server.CA)
	for name, c := range map[string]struct {
		keys map[string]any
		want string // in the error
	}{
		"unknown authority":  {map[string]any{"ssl": true}, "TLS failed"},
		"no ssl key":         {map[string]any{}, "TLS failed"},
		"authority":          {map[string]any{"ssl": "true", "sslrootcert": ca}, ""},
		"authority, no key":  {map[string]any{"sslrootcert": ca}, ""},
		"another name":       {map[string]any{"ssl": true, "sslrootcert": ca, "sslservername": "db.example.org"}, "TLS failed"},
		"the name it has":    {map[string]any{"ssl": true, "sslrootcert": ca, "sslservername": "localhost"}, ""},
		"plain to a TLS one": {map[string]any{"ssl": false}, "login failed"},
	} {
		v := with(value("tls", "right"), "port", server.TLSPort)
		delete(v, "ssl")
		for key, to := range c.keys {
			v[key] = to
		}
		s := single(t, v)
		s.Begin()
		s.Fill(v) // the password that is in force: nothing changes
		err := s.Step(secret.SetSecret)
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	v := with(with(with(value("tls", "right"), "port", server.TLSPort), "ssl", true), "sslrootcert", ca)
	s := single(t, v)
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "tls", password)
}

// TestPlaces logs in where the value says that the account is, and in the way it
// says.
func TestPlaces(t *testing.T) {
	t.Parallel()
	newUserIn(t, "shop", "placed", "right")
	newUserIn(t, "shop", "placed1", "right", "SCRAM-SHA-1")
	for name, c := range map[string]struct {
		user string
		keys map[string]any
		want string
	}{
		"dbname":                  {"placed", map[string]any{"dbname": "shop"}, ""},
		"authSource":              {"placed", map[string]any{"dbname": "stock", "authSource": "shop"}, ""},
		"neither":                 {"placed", map[string]any{}, "Unable to log into database"},
		"SHA-1 alone":             {"placed1", map[string]any{"dbname": "shop"}, ""},
		"SHA-1 by name":           {"placed", map[string]any{"dbname": "shop", "authMechanism": "SCRAM-SHA-1"}, ""},
		"a mechanism that tells":  {"placed", map[string]any{"dbname": "shop", "authMechanism": "PLAIN"}, "login failed"},
		"a set that it is not of": {"placed", map[string]any{"dbname": "shop", "replicaSet": "rs0"}, "timed out"},
		"a list for a name":       {"placed", map[string]any{"host": "a,b/?c", "scheme": "mongodb+srv"}, "login failed"},
		"a scheme of its own":     {"placed", map[string]any{"scheme": "http"}, "login failed"},
		"a name without servers":  {"placed", map[string]any{"host": "no-such-host.invalid", "scheme": "mongodb+srv"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := value(c.user, "right")
			for key, to := range c.keys {
				v[key] = to
			}
			s := single(t, v)
			s.Begin()
			s.Fill(v)
			err := s.Step(secret.SetSecret)
			if name == "a name without servers" {
				var failed *rotator.LoginError
				if !errors.As(err, &failed) || failed.Reason == rotator.Refused {
					t.Errorf("%v", err)
				}
				return
			}
			if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
