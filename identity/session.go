package identity

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/iam"
)

// session is what a token says. It is read and written sealed only.
type session struct {
	RoleID         string    `json:"r"`
	Name           string    `json:"n"`
	AccessKeyID    string    `json:"k"`
	Secret         string    `json:"s"`
	Issued         int64     `json:"i"` // seconds since 1970
	Expires        int64     `json:"e"` // likewise
	Policy         string    `json:"p,omitempty"`
	PolicyARNs     []string  `json:"a,omitempty"`
	Tags           []iam.Tag `json:"t,omitempty"`
	Transitive     []string  `json:"v,omitempty"` // the keys of tags that go on to sessions begun from this one
	SourceIdentity string    `json:"o,omitempty"`
}

// Format keeps every verb of fmt from printing the secret.
func (session) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

func (s session) issued() time.Time  { return time.Unix(s.Issued, 0).UTC() }
func (s session) expires() time.Time { return time.Unix(s.Expires, 0).UTC() }

// over puts the session's tags over those of its role: a key counts in any case
// (iam-kms.md, 1.6).
func (s session) over(role []iam.Tag) map[string]string {
	if len(role)+len(s.Tags) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, t := range role {
		if tagged(s.Tags, t.Key) == nil {
			out[t.Key] = t.Value
		}
	}
	for _, t := range s.Tags {
		out[t.Key] = t.Value
	}
	return out
}

// Credentials are those of a session. They do not print.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// Format keeps every verb of fmt from printing them.
func (Credentials) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// MarshalText keeps loggers and encoders from writing them.
func (Credentials) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// tokenAAD binds a token to its purpose and to the form of what is in it.
var tokenAAD = []byte("alberti session token v1")

// begin makes the credentials of a new session, whose role, name and restrictions
// are given, and says when it ends: whole seconds, as the wire has them.
func (s *Sessions) begin(of session, d time.Duration) (Credentials, time.Time, error) {
	now := s.Now()
	of.Issued, of.Expires = now.Unix(), now.Add(d).Unix()
	of.AccessKeyID, of.Secret = iam.NewAccessKey(iam.Temporary)
	text, err := json.Marshal(of)
	if err != nil {
		return Credentials{}, time.Time{}, fmt.Errorf("session: %w", err)
	}
	token := base64.StdEncoding.EncodeToString(s.Tokens.Seal(nil, nil, text, tokenAAD))
	return Credentials{of.AccessKeyID, of.Secret, token}, of.expires(), nil
}

// open reads a token.
func (s *Sessions) open(token string) (session, error) {
	var of session
	sealed, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return of, errUnknown(err)
	}
	text, err := s.Tokens.Open(nil, nil, sealed, tokenAAD)
	if err != nil {
		return of, errUnknown(err)
	}
	if err := json.Unmarshal(text, &of); err != nil {
		return of, errUnknown(err)
	}
	return of, nil
}
