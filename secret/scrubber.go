package secret

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Scrubber takes what it has seen out of texts that leave the house: drivers,
// servers and functions quote what they were given (rotation-functions.md, 16.6).
type Scrubber struct{ known []string }

// Saw keeps a password, token or key in mind, as it is and as it stands in JSON:
// what quotes a whole value escapes it. The longest go first: one may begin with
// another.
func (s *Scrubber) Saw(text string) {
	if text == "" {
		return
	}
	for _, form := range []string{text, inJSON(text), inJSON(text, jsontext.EscapeForHTML(true))} {
		if !slices.Contains(s.known, form) {
			s.known = append(s.known, form)
		}
	}
	slices.SortFunc(s.known, func(a, b string) int { return len(b) - len(a) })
}

// inJSON is a text between the quotes of a JSON string; as it is where it can be
// in none.
func inJSON(text string, how ...json.Options) string {
	quoted, err := json.Marshal(text, how...)
	if err != nil {
		return text
	}
	return string(quoted[1 : len(quoted)-1])
}

// Text is a text without what was seen.
func (s *Scrubber) Text(text string) string {
	for _, known := range s.known {
		text = strings.ReplaceAll(text, known, Redacted)
	}
	return text
}

// shortest is how long a text must be for SawValue to take it for a secret:
// shorter ones are in every other word.
const shortest = 6

// plain are the keys of a value that say where and as whom to log in
// (rotation-functions.md, 1.5): an error that does not name these is no help.
var plain = []string{"engine", "host", "port", "dbname", "database", "username", "user", "masterarn", "superuserarn", "url", "region", "dbinstanceidentifier", "dbclusteridentifier"}

// SawValue keeps in mind every text in a value of which nobody here knows the
// meaning: all of it when it is no JSON, else every string of it that is not under
// a key for places and names.
func (s *Scrubber) SawValue(v Value) {
	var any jsontext.Value
	if v.IsBinary() || json.Unmarshal(v.Reveal(), &any) != nil {
		s.sawLong(string(v.Reveal()))
		return
	}
	s.sawJSON(any)
}

func (s *Scrubber) sawLong(text string) {
	if len(text) >= shortest {
		s.Saw(text)
	}
}

// sawJSON walks through a value that is known to be JSON.
func (s *Scrubber) sawJSON(text jsontext.Value) {
	d := jsontext.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return // its end
		}
		if token.Kind() != '"' {
			continue
		}
		kind, n := d.StackIndex(d.StackDepth())
		name := kind == '{' && n%2 == 1
		if name && slices.Contains(plain, strings.ToLower(token.String())) {
			if d.SkipValue() != nil {
				return
			}
			continue
		}
		if !name {
			s.sawLong(token.String())
		}
	}
}
