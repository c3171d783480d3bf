package mysql_test

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
)

// TestTLS meets a server whose certificate signs itself.
func TestTLS(t *testing.T) {
	t.Parallel()
	newUser(t, "tls", "right", "REQUIRE SSL")
	for _, c := range []struct {
		name string
		with map[string]any
		want rotator.Reason
	}{
		{"nobody vouches", map[string]any{"ssl": true}, rotator.TLSFailed},
		{"as a text", map[string]any{"ssl": "true"}, rotator.TLSFailed},
		{"preferred", nil, rotator.TLSFailed},
		{"its own authority", map[string]any{"ssl": true, "sslrootcert": string(server.CA)}, ""},
		{"preferred, its own authority", map[string]any{"sslrootcert": string(server.CA)}, ""},
		{"another name", map[string]any{"ssl": true, "sslrootcert": string(server.CA), "sslservername": "elsewhere.example"}, rotator.TLSFailed},
		{"its other name", map[string]any{"ssl": true, "sslrootcert": string(server.CA), "sslservername": "localhost"}, ""},
		{"off, where the account wants it", map[string]any{"ssl": false}, rotator.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := value("tls", "right")
			delete(v, "ssl")
			for key, to := range c.with {
				v[key] = to
			}
			s := single(t, v)
			s.Begin()
			s.Fill(v) // the password that is in force: nothing changes
			err := s.Step("setSecret")
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), string(c.want))) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// TestClientCertificate rotates an account that wants a certificate of its clients.
func TestClientCertificate(t *testing.T) {
	t.Parallel()
	newUser(t, "certified", "right", "REQUIRE X509")
	v := value("certified", "right")
	v["ssl"], v["sslrootcert"] = true, string(server.CA)
	without := single(t, maps.Clone(v))
	without.Begin()
	without.Run("createSecret")
	if err := without.Step("setSecret"); err == nil || !strings.Contains(err.Error(), string(rotator.Refused)) {
		t.Errorf("without a certificate: %v", err)
	}
	v["sslcert"], v["sslkey"] = string(server.ClientCert), string(server.ClientKey)
	s := single(t, v)
	s.Rotate()
	if _, password := s.Login("AWSCURRENT"); password == "right" {
		t.Error("the password did not change")
	}
}

// TestNoTLS wants no plain connection to be tried where there must be TLS.
func TestNoTLS(t *testing.T) {
	t.Parallel()
	for mode, want := range map[rotator.TLSMode]rotator.Reason{rotator.TLSRequired: rotator.NoTLS, rotator.TLSPreferred: rotator.NoProof} {
		f := &fake{version: "8.0.36", user: "nobody@%"}
		c := f.serve(t)
		c.TLS = mode
		if reason, err := tryLogin(t, c); reason != want {
			t.Errorf("TLS mode %d: %q, %v", mode, reason, err)
		}
	}
}

// TestNoPasswordInClear meets someone in the middle, who says that there is no
// TLS and asks for the password under a key of his own, or without any.
func TestNoPasswordInClear(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	answer := append([]byte{1}, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})...)
	for _, plugin := range []string{"caching_sha2_password", "sha256_password", "mysql_clear_password"} {
		for mode, told := range map[rotator.TLSMode]bool{rotator.TLSPreferred: false, rotator.TLSCompatible: false, rotator.TLSOff: plugin != "mysql_clear_password"} {
			var heard atomic.Bool
			c := credential("somebody", "right")
			c.TLS = mode
			c = impostor(t, c, func(conn net.Conn) {
				p := peer{conn, bufio.NewReader(conn), 0}
				p.greet("8.0.36", plugin)
				p.read()
				if plugin == "caching_sha2_password" {
					p.send(1, 4) // the proof will not do
					p.read()
				}
				p.send(answer...)
				if packet, err := p.read(); err == nil && len(packet) > 100 || strings.Contains(string(packet), "right") {
					heard.Store(true)
				}
			})
			reason, err := tryLogin(t, c)
			if err == nil {
				t.Error("logged in at an impostor")
			}
			if heard.Load() != told || !told && plugin != "mysql_clear_password" && reason != rotator.NoTLS {
				t.Errorf("%s, TLS mode %d: the password was told: %v, want %v: %v", plugin, mode, heard.Load(), told, err)
			}
		}
	}
}
