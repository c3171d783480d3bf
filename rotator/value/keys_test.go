package value_test

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/alberti-dev/alberti/rotator/value"
	"github.com/alberti-dev/alberti/secret"
)

func TestSSHKeys(t *testing.T) {
	t.Parallel()
	for kind, algorithm := range map[string]string{
		"": "ssh-ed25519", "ed25519": "ssh-ed25519", "rsa-3072": "ssh-rsa", "rsa-4096": "ssh-rsa",
		"ecdsa-p256": "ecdsa-sha2-nistp256", "ecdsa-p384": "ecdsa-sha2-nistp384", "ecdsa-p521": "ecdsa-sha2-nistp521",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := subject(t, "AlbertiSSHKeyPairRotation", map[string]any{"keyType": kind, "comment": "deploy @ host", "host": "kept"})
			s.Rotate()
			v := members(t, s, secret.Current)
			known, comment, _, _, err := ssh.ParseAuthorizedKey([]byte(v["publicKey"].(string)))
			if err != nil || known.Type() != algorithm || comment != "deploy @ host" || v["host"] != "kept" {
				t.Fatalf("%v: %v", v["publicKey"], err)
			}
			if text := v["privateKey"].(string); !strings.HasPrefix(text, "-----BEGIN OPENSSH PRIVATE KEY-----\n") {
				t.Errorf("not OpenSSH's form: %.40s", text)
			}
			if kind == "rsa-3072" {
				raw, err := ssh.ParseRawPrivateKey([]byte(v["privateKey"].(string)))
				if key, ok := raw.(*rsa.PrivateKey); !ok || err != nil || key.N.BitLen() != 3072 {
					t.Errorf("%T, %v", raw, err)
				}
			}
			s.Rotate()
			if now := members(t, s, secret.Current); now["privateKey"] == v["privateKey"] || now["fingerprint"] == v["fingerprint"] {
				t.Error("the key is the old one")
			}
		})
	}
}

func TestSSHPassphrase(t *testing.T) {
	t.Parallel()
	s := subject(t, "AlbertiSSHKeyPairRotation", map[string]any{"passphrase": "open sesame"})
	s.Rotate()
	key := []byte(members(t, s, secret.Current)["privateKey"].(string))
	if _, err := ssh.ParsePrivateKey(key); err == nil {
		t.Error("the key is not encrypted")
	}
	if _, err := ssh.ParsePrivateKeyWithPassphrase(key, []byte("open sesame")); err != nil {
		t.Error(err)
	}
}

// TestSSHCheck mixes two pairs: the test must not pass them.
func TestSSHCheck(t *testing.T) {
	t.Parallel()
	s := subject(t, "AlbertiSSHKeyPairRotation", map[string]any{})
	s.Rotate()
	s.Rotate()
	now, before := members(t, s, secret.Current), members(t, s, secret.Previous)
	for _, key := range []string{"privateKey", "publicKey", "fingerprint"} {
		if err := tested(subject(t, "AlbertiSSHKeyPairRotation", now), with(now, key, before[key])); err == nil {
			t.Errorf("the other pair's %s passed", key)
		}
	}
	for key, v := range map[string]string{"keyType": "dsa", "comment": "two\nlines"} {
		if err := create(subject(t, "AlbertiSSHKeyPairRotation", map[string]any{key: v})); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s %q: %v", key, v, err)
		}
	}
}

func TestTLSKeys(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"", "ecdsa-p384", "rsa-2048", "ed25519"} {
		s := subject(t, "AlbertiTLSKeyRotation", map[string]any{
			"keyType": kind, "commonName": "db.example.org", "organization": "Example, Inc.", "country": "IT",
			"dnsNames": []string{"db.example.org", "*.db.example.org"}, "ipAddresses": "10.0.0.1, ::1",
			"uris": []string{"spiffe://example.org/db"}, "emailAddresses": "ops@example.org",
		})
		s.Rotate()
		v := members(t, s, secret.Current)
		block, _ := pem.Decode([]byte(v["csr"].(string)))
		csr, err := x509.ParseCertificateRequest(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if csr.CheckSignature() != nil || csr.Subject.String() != "CN=db.example.org,O=Example\\, Inc.,C=IT" ||
			fmt.Sprint(csr.DNSNames, csr.IPAddresses, csr.URIs, csr.EmailAddresses) !=
				"[db.example.org *.db.example.org] [10.0.0.1 ::1] [spiffe://example.org/db] [ops@example.org]" {
			t.Errorf("%s: %s %v %v %v %v", kind, csr.Subject, csr.DNSNames, csr.IPAddresses, csr.URIs, csr.EmailAddresses)
		}
		s.Rotate()
		now := members(t, s, secret.Current)
		if now["privateKey"] == v["privateKey"] {
			t.Error("the key is the old one")
		}
		for key, wrong := range map[string]any{"privateKey": v["privateKey"], "csr": v["csr"], "commonName": "other", "dnsNames": "other"} {
			if err := tested(subject(t, "AlbertiTLSKeyRotation", now), with(now, key, wrong)); err == nil {
				t.Errorf("another %s passed", key)
			}
		}
	}
	for says, v := range map[string]map[string]any{
		"names nobody":       {},
		"no address":         {"ipAddresses": "10.0.0.300"},
		"not a list":         {"dnsNames": 7},
		"has a certificate":  {"commonName": "db", "certificate": "-----BEGIN"},
		"keyType key of the": {"commonName": "db", "keyType": "rsa-512"},
	} {
		if err := create(subject(t, "AlbertiTLSKeyRotation", v)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want %q", v, err, says)
		}
	}
}

// set gives the kids of a set, and checks that nothing private is in it.
func set(t *testing.T, v map[string]any) (kids []string) {
	t.Helper()
	for _, k := range v["jwks"].(map[string]any)["keys"].([]any) {
		key := k.(map[string]any)
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
			if _, ok := key[private]; ok {
				t.Errorf("the set has the private member %s", private)
			}
		}
		kids = append(kids, key["kid"].(string))
	}
	return kids
}

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	for alg, kty := range map[string]string{"": "OKP", "EdDSA": "OKP", "ES256": "EC", "RS256": "RSA", "HS256": "oct"} {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			s := subject(t, "AlbertiSigningKeyRotation", map[string]any{"alg": alg, "issuer": "kept", "keep": 2})
			var kids []string
			for i := range 4 {
				s.Rotate()
				v := members(t, s, secret.Current)
				key := v["jwk"].(map[string]any)
				kids = append([]string{key["kid"].(string)}, kids...)
				if want := kids[:min(i+1, 3)]; fmt.Sprint(set(t, v)) != fmt.Sprint(want) || key["kty"] != kty || key["use"] != "sig" || v["issuer"] != "kept" {
					t.Fatalf("rotation %d: the set has %q, want %q; kty %s", i+1, set(t, v), want, key["kty"])
				}
			}
			now, before := members(t, s, secret.Current), members(t, s, secret.Previous)
			forged := with(now["jwk"].(map[string]any), "kid", before["jwk"].(map[string]any)["kid"])
			for name, v := range map[string]map[string]any{
				"a key that is not in the set":     with(now, "jwks", map[string]any{"keys": []any{}}),
				"a key under another's kid":        with(now, "jwk", forged),
				"nothing":                          {"alg": alg},
				"a set that is none":               with(now, "jwks", "x"),
				"a key without its private number": with(now, "jwk", with(with(now["jwk"].(map[string]any), "d", ""), "k", "")),
			} {
				if err := tested(subject(t, "AlbertiSigningKeyRotation", now), v); err == nil {
					t.Errorf("%s passed", name)
				}
			}
		})
	}
	if err := create(subject(t, "AlbertiSigningKeyRotation", map[string]any{"alg": "none"})); err == nil {
		t.Error("the algorithm none was taken")
	}
}

// TestForeignSet keeps the key of a person's as it was written, without what is
// private; also one that is not in a set yet.
func TestForeignSet(t *testing.T) {
	t.Parallel()
	foreign := map[string]any{"kty": "EC", "crv": "P-384", "x": "eA", "y": "eQ", "d": "ZA", "kid": "mine", "x5t": "abc"}
	for _, v := range []map[string]any{{"jwk": foreign}, {"jwks": map[string]any{"keys": []any{foreign}}}} {
		s := subject(t, "AlbertiSigningKeyRotation", v)
		s.Rotate()
		now := members(t, s, secret.Current)
		if kids := set(t, now); len(kids) != 2 || kids[1] != "mine" {
			t.Fatalf("the set has %q", kids)
		}
		kept, err := json.Marshal(now["jwks"].(map[string]any)["keys"].([]any)[1])
		if err != nil || string(kept) != `{"crv":"P-384","kid":"mine","kty":"EC","x":"eA","x5t":"abc","y":"eQ"}` {
			t.Errorf("%s, %v", kept, err)
		}
	}
}

// TestThumbprint is the example of RFC 7638, 3.1.
func TestThumbprint(t *testing.T) {
	t.Parallel()
	got, err := value.Thumbprint(`{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`)
	if err != nil || got != "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" {
		t.Errorf("%s, %v", got, err)
	}
}
