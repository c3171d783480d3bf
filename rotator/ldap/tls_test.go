package ldap_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

func TestTLS(t *testing.T) {
	t.Parallel()
	person(t, "tls", "right")
	ca := string(server.CA)
	ports := map[string]int{"ldap": server.Port, "ldaps": server.TLSPort}
	for _, protocol := range []string{"ldap", "ldaps"} {
		v := with(with(value("tls", "right"), "protocol", protocol), "port", ports[protocol])
		for _, c := range []struct {
			name  string
			value map[string]any
			want  rotator.Reason
			says  string
		}{
			{"its own authority", with(with(v, "ssl", true), "sslrootcert", ca), "", ""},
			{"the same, not asked for", with(with(v, "ssl", nil), "sslrootcert", ca), "", ""},
			{"nobody vouches for it", with(v, "ssl", true), rotator.TLSFailed, "unknown authority"},
			{"the same, not asked for", with(v, "ssl", nil), rotator.TLSFailed, "unknown authority"},
			{"another name", with(with(with(v, "ssl", true), "sslrootcert", ca), "sslservername", "elsewhere.test"), rotator.TLSFailed, "elsewhere.test"},
			{"named otherwise", with(with(with(v, "ssl", true), "sslrootcert", ca), "sslservername", "localhost"), "", ""},
		} {
			reason, _, err := reasonOf(t, c.value)
			if reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %s: %q: %v, want %q and the words %q", protocol, c.name, reason, err, c.want, c.says)
			}
		}
	}
	// To say the wrong protocol of a port fails, and tells nothing.
	for protocol, port := range map[string]int{"ldaps": server.Port} {
		v := with(with(secure("tls", "right"), "protocol", protocol), "port", port)
		if reason, _, err := reasonOf(t, v); reason != rotator.TLSFailed {
			t.Errorf("%s at port %d: %q: %v", protocol, port, reason, err)
		}
	}
}

// TestOverTLS rotates over both.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	person(t, "over-tls", "right")
	password := "right"
	for _, v := range []map[string]any{
		secure("over-tls", ""),
		with(with(secure("over-tls", ""), "port", server.TLSPort), "protocol", "ldaps"),
	} {
		s := single(t, with(v, "password", password))
		s.Rotate()
		_, password = s.Login(secret.Current)
		accepts(t, "over-tls", password)
	}
}

// TestNoPasswordInClear meets someone in the middle, who says that there is no
// TLS. A search would be of no harm; the password must not be told.
func TestNoPasswordInClear(t *testing.T) {
	t.Parallel()
	var heard, asked atomic.Bool
	v := impostor(t, func(conn net.Conn) {
		for {
			message, err := ber.ReadPacket(conn)
			if err != nil {
				return
			}
			if strings.Contains(string(message.Bytes()), "right") {
				heard.Store(true)
			}
			asked.Store(true)
			reply := ber.NewSequence("LDAPMessage")
			reply.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, message.Children[0].Value, ""))
			result := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationExtendedResponse, nil, "")
			result.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, goldap.LDAPResultProtocolError, ""))
			result.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
			result.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "unsupported extended operation", ""))
			reply.AppendChild(result)
			conn.Write(reply.Bytes())
		}
	})
	for _, ssl := range []any{nil, true} {
		reason, _, err := reasonOf(t, with(v, "ssl", ssl))
		if reason != rotator.NoTLS || !strings.Contains(err.Error(), "unsupported extended operation") {
			t.Errorf("ssl %v: %q: %v", ssl, reason, err)
		}
	}
	if heard.Load() || !asked.Load() {
		t.Errorf("the password was told: %v, StartTLS was asked for: %v", heard.Load(), asked.Load())
	}
}
