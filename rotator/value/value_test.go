package value_test

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/rotator/value"
	"github.com/alberti-dev/alberti/secret"
)

// subject is a secret that a function of this package rotates.
func subject(t testing.TB, function string, v map[string]any) *rotatortest.Subject {
	t.Helper()
	for _, f := range value.Functions.Functions {
		if f.Name == function {
			return rotatortest.New(t, rotatortest.NewSecrets(), "value",
				func(_ rotator.Engine, c rotator.Config) contract.Function { return f.Make(c) }, nil, v)
		}
	}
	t.Fatalf("there is no function %s", function)
	return nil
}

// text is the value under a label, as it is written.
func text(t testing.TB, s *rotatortest.Subject, label string) string {
	t.Helper()
	v, err := s.Secrets.GetSecretValue(context.Background(), s.ID, "", label)
	if err != nil {
		t.Fatal(err)
	}
	return string(v.Reveal())
}

func members(t testing.TB, s *rotatortest.Subject, label string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text(t, s, label)), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// create runs createSecret alone.
func create(s *rotatortest.Subject) error {
	s.Begin()
	return s.Step(secret.CreateSecret)
}

// tested runs testSecret on a value that a person wrote.
func tested(s *rotatortest.Subject, v map[string]any) error {
	s.Begin()
	s.Fill(v)
	return s.Step(secret.TestSecret)
}

func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func TestRandomObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		options string
		key     string
		good    func(string) bool
	}{
		{`{"big":12345678901234567890, "password":"old"}`, "password", func(p string) bool { return len(p) == 32 }},
		{`{"rotate":"apiKey", "length":64, "exclude":"abcABC"}`, "apiKey", func(p string) bool { return len(p) == 64 && !strings.ContainsAny(p, "abcABC") }},
		{`{"format":"hex", "length":"16"}`, "password", func(p string) bool { return len(p) == 32 && strings.Trim(p, "0123456789abcdef") == "" }},
		{`{"format":"base64url"}`, "password", func(p string) bool { return len(p) == 43 }},
	} {
		s := subject(t, "AlbertiRandomStringRotation", map[string]any{})
		if err := s.Secrets.Write(s.ID, c.options); err != nil {
			t.Fatal(err)
		}
		old := ""
		for range 3 {
			s.Rotate()
			now, _ := members(t, s, secret.Current)[c.key].(string)
			if now == old || !c.good(now) {
				t.Errorf("%s: %q after %q", c.options, now, old)
			}
			old = now
		}
		if head, _, _ := strings.Cut(strings.ReplaceAll(c.options, " ", ""), `"password":"old"`); !strings.HasPrefix(text(t, s, secret.Current), strings.TrimSuffix(head, "}")) {
			t.Errorf("%s became %s", c.options, text(t, s, secret.Current))
		}
	}
}

func TestRandomText(t *testing.T) {
	t.Parallel()
	s := subject(t, "AlbertiRandomStringRotation", map[string]any{})
	if err := s.Secrets.Write(s.ID, "a plain text"); err != nil {
		t.Fatal(err)
	}
	s.Rotate()
	first := text(t, s, secret.Current)
	s.Rotate()
	if second := text(t, s, secret.Current); len(first) != 32 || len(second) != 32 || first == second {
		t.Errorf("%q, then %q", first, second)
	}
}

// TestRandomByTags: a secret's tags count as they do for passwords; what the value
// says goes before them.
func TestRandomByTags(t *testing.T) {
	t.Parallel()
	for written, length := range map[string]int{`a plain text`: 20, `{"password":"old"}`: 20, `{"length":40}`: 40} {
		s := subject(t, "AlbertiRandomStringRotation", map[string]any{})
		if err := s.Secrets.Write(s.ID, written); err != nil {
			t.Fatal(err)
		}
		s.Tag("alberti:PASSWORD_LENGTH", "20")
		s.Tag("alberti:EXCLUDE_PUNCTUATION", "true")
		s.Rotate()
		now := text(t, s, secret.Current)
		if written[0] == '{' {
			now, _ = members(t, s, secret.Current)["password"].(string)
		}
		if len(now) != length || strings.Trim(now, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Errorf("%s became %q", written, now)
		}
	}
}

func TestRandomRefuses(t *testing.T) {
	t.Parallel()
	for written, says := range map[string]string{
		`{"password": `:             "not a JSON object",
		` ["a"]`:                    "not a JSON object",
		`{"rotate":"length"}`:       "names the option",
		`{"length":3}`:              "from 4 to 4096",
		`{"length":"many"}`:         "from 4 to 4096",
		`{"format":"base32"}`:       "none of hex",
		`{"exclude":"` + all + `"}`: "leaves no characters",
	} {
		s := subject(t, "AlbertiRandomStringRotation", map[string]any{})
		if err := s.Secrets.Write(s.ID, written); err != nil {
			t.Fatal(err)
		}
		if err := create(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", written, err, says)
		}
	}
	if err := tested(subject(t, "AlbertiRandomStringRotation", map[string]any{"password": "x"}), map[string]any{"password": ""}); err == nil {
		t.Error("an empty value passed the test")
	}
}

// all characters that a password may have.
var all = func() string {
	var b strings.Builder
	for c := byte('!'); c <= '~'; c++ {
		if c == '"' || c == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}()

// TestNotTheTemplate: AWS's generic template is for a target that it does not
// know. It must not be taken for a random string.
func TestNotTheTemplate(t *testing.T) {
	t.Parallel()
	for _, f := range value.Functions.Functions {
		if !strings.HasPrefix(f.Name, "Alberti") || f.Strategy != "" {
			t.Errorf("%s, strategy %q", f.Name, f.Strategy)
		}
	}
}
