package postgres_test

import (
	"crypto/tls"
	"io"
	"maps"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// TestTLS meets a server whose certificate nobody vouches for.
func TestTLS(t *testing.T) {
	t.Parallel()
	newRole(t, "tls", "right")
	for _, c := range []struct {
		ssl  any
		want rotator.Reason
		note bool
	}{
		{true, rotator.TLSFailed, false},
		{"true", rotator.TLSFailed, false},
		{nil, rotator.TLSFailed, false},
		{"perhaps", rotator.TLSFailed, false},
		{false, "", false},
	} {
		v := value("tls", "right")
		delete(v, "ssl")
		if c.ssl != nil {
			v["ssl"] = c.ssl
		}
		s := single(t, v)
		s.Begin()
		s.Fill(v) // the password that is in force: nothing changes
		err := s.Step(secret.SetSecret)
		if c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), string(c.want)) || !strings.Contains(err.Error(), "certificate")) {
			t.Errorf("ssl %v: %v, want %q", c.ssl, err, c.want)
		}
		if c.want == "" && err != nil {
			t.Errorf("ssl %v: %v", c.ssl, err)
		}
		if noted := strings.Contains(strings.Join(s.Report.Notes, "\n"), "connected without TLS"); noted != c.note {
			t.Errorf("ssl %v: a note of plain text: %v", c.ssl, noted)
		}
	}
}

// TestOwnAuthority trusts the certificates that the secret brings, for the name
// that it gives, and records what was agreed on.
func TestOwnAuthority(t *testing.T) {
	t.Parallel()
	newRole(t, "own_ca", "right")
	for name, c := range map[string]struct {
		keys map[string]any
		want string
	}{
		"trusted":      {map[string]any{"sslrootcert": string(server.CA)}, ""},
		"by name":      {map[string]any{"sslrootcert": string(server.CA), "sslservername": "localhost"}, ""},
		"another name": {map[string]any{"sslrootcert": string(server.CA), "sslservername": "db.example.com"}, "db.example.com"},
		"no PEM":       {map[string]any{"sslrootcert": "none"}, "holds no PEM certificate"},
		"half a pair":  {map[string]any{"sslrootcert": string(server.CA), "sslcert": string(server.CA)}, "are not a PEM certificate and its key"},
	} {
		t.Run(name, func(t *testing.T) {
			v := value("own_ca", "right")
			v["ssl"] = true
			maps.Copy(v, c.keys)
			s := single(t, v)
			s.Begin()
			s.Fill(v)
			err := s.Step(secret.TestSecret)
			if c.want == "" && (err != nil || !strings.Contains(strings.Join(s.Report.Notes, "\n"), "over TLS 1.3, TLS_")) {
				t.Errorf("%v, notes %q", err, s.Report.Notes)
			}
			if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestClientCertificate rotates a role that the server lets in with a certificate
// only. Without one the server is not said to have refused the password.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	newRole(t, "certified_app", "right", "IN ROLE certified")
	v := value("certified_app", "right")
	v["ssl"], v["sslrootcert"] = true, string(server.CA)
	without := single(t, maps.Clone(v))
	without.Begin()
	without.Run(secret.CreateSecret)
	if err := without.Step(secret.SetSecret); err == nil || !strings.HasPrefix(err.Error(), string(rotator.Forbidden)) {
		t.Errorf("without a certificate: %v", err)
	}
	v["sslcert"], v["sslkey"] = string(server.ClientCert), string(server.ClientKey)
	s := single(t, v)
	s.Rotate()
	if _, password := s.Login(secret.Current); password == "right" {
		t.Error("the password did not change")
	}
}

// TestTLSReasons wants the reason that matters when plain text fails too.
func TestTLSReasons(t *testing.T) {
	t.Parallel()
	newRole(t, "tls_only", "right", "IN ROLE tlsonly")
	c := credential("tls_only", "right")
	c.TLS = rotator.TLSCompatible
	reason, _, err := tryLogin(t, c)
	if reason != rotator.Forbidden || !strings.Contains(err.Error(), "pg_hba.conf") || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("%q: %v", reason, err)
	}
}

func TestNoDowngrade(t *testing.T) {
	t.Parallel()
	var plain atomic.Int64
	for name, serve := range map[string]func(net.Conn){
		"no TLS": func(conn net.Conn) { conn.Write([]byte("N")) },
		"alert": func(conn net.Conn) {
			conn.Write([]byte("S"))
			tls.Server(conn, &tls.Config{MaxVersion: tls.VersionTLS11}).Handshake()
		},
		"no TLS at all": func(conn net.Conn) { io.WriteString(conn, "SHTTP/1.1 400 Bad Request\r\n\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			c := credential("somebody", "right")
			c.TLS = rotator.TLSRequired
			c = impostor(t, c, func(conn net.Conn) {
				b := pgproto3.NewBackend(conn, conn)
				m, _ := b.ReceiveStartupMessage()
				if _, ok := m.(*pgproto3.SSLRequest); !ok {
					plain.Add(1)
				}
				serve(conn)
			})
			want := rotator.TLSFailed
			if name == "no TLS" {
				want = rotator.NoTLS
			}
			if reason, _, err := tryLogin(t, c); reason != want {
				t.Errorf("%q: %v", reason, err)
			}
		})
	}
	if plain.Load() > 0 {
		t.Error("a plain connection was tried")
	}
}

// TestNoPasswordInClear meets someone in the middle, who says there is no TLS
// and asks for the password.
func TestNoPasswordInClear(t *testing.T) {
	t.Parallel()
	for mode, told := range map[rotator.TLSMode]bool{rotator.TLSPreferred: false, rotator.TLSOff: true} {
		var heard atomic.Bool
		c := credential("somebody", "right")
		c.TLS = mode
		c = impostor(t, c, func(conn net.Conn) {
			b := pgproto3.NewBackend(conn, conn)
			m, err := b.ReceiveStartupMessage()
			if _, ok := m.(*pgproto3.SSLRequest); ok {
				conn.Write([]byte("N"))
				m, err = b.ReceiveStartupMessage()
			}
			if _, ok := m.(*pgproto3.StartupMessage); !ok || err != nil {
				return
			}
			b.Send(&pgproto3.AuthenticationCleartextPassword{})
			b.Flush()
			b.SetAuthType(pgproto3.AuthTypeCleartextPassword)
			if m, err := b.Receive(); err == nil {
				if p, ok := m.(*pgproto3.PasswordMessage); ok && p.Password == "right" {
					heard.Store(true)
				}
			}
		})
		if _, _, err := tryLogin(t, c); err == nil {
			t.Error("logged in at an impostor")
		}
		if heard.Load() != told {
			t.Errorf("TLS mode %d: the password in clear was told: %v, want %v", mode, heard.Load(), told)
		}
	}
}

// TestPlainAfterAll meets a server that speaks no TLS: it is spoken to over the
// connection that it said so on.
func TestPlainAfterAll(t *testing.T) {
	t.Parallel()
	c := credential("somebody", "right")
	c.TLS = rotator.TLSPreferred
	var connections atomic.Int64
	c = impostor(t, c, func(conn net.Conn) {
		connections.Add(1)
		b := pgproto3.NewBackend(conn, conn)
		if m, _ := b.ReceiveStartupMessage(); m != nil {
			conn.Write([]byte("N"))
			b.ReceiveStartupMessage()
			b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "57P03", Message: "the database system is starting up"})
			b.Flush()
		}
	})
	if reason, _, err := tryLogin(t, c); reason != rotator.NotReady || !strings.Contains(err.Error(), "without TLS, after server without TLS") || connections.Load() != 1 {
		t.Errorf("%q over %d connections: %v", reason, connections.Load(), err)
	}
}
