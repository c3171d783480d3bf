package identity

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
)

// FuzzToken: what a session says comes back as it was, and no other text is a
// token.
func FuzzToken(f *testing.F) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	s := NewSessions(SessionsConfig{Tokens: doortest.AEAD(f, 0), Now: func() time.Time { return now }})
	f.Add("fn", "k", "v", "AROA", 3, byte(1))
	f.Add("", "ü", "", "", 0, byte(0x80))
	f.Fuzz(func(t *testing.T, name, key, value, role string, at int, flip byte) {
		made, expires, err := s.begin(session{Name: name, RoleID: role, Tags: []iam.Tag{{Key: key, Value: value}}}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		secret, until, err := s.Key(made.AccessKeyID, made.SessionToken)
		if err != nil || secret != made.SecretAccessKey || !until.Equal(expires) || !until.Equal(now.Add(time.Hour)) {
			t.Fatalf("it opens as %v until %v, %v", secret == made.SecretAccessKey, until, err)
		}
		if _, _, err := s.Key("ASIAOTHER", made.SessionToken); fault.KindOf(err) != fault.UnrecognizedClient {
			t.Fatalf("the token of another key: %v", err)
		}
		raw, err := base64.StdEncoding.DecodeString(made.SessionToken)
		if err != nil {
			t.Fatal(err)
		}
		raw[uint(at)%uint(len(raw))] ^= flip | 1
		for _, wrong := range []string{base64.StdEncoding.EncodeToString(raw), made.SessionToken[:uint(at)%uint(len(made.SessionToken))], name, value} {
			if _, _, err := s.Key(made.AccessKeyID, wrong); fault.KindOf(err) != fault.UnrecognizedClient {
				t.Fatalf("%q is a token: %v", wrong, err)
			}
		}
	})
}
