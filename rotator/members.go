package rotator

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/secret"
)

// Members takes a value apart that is a JSON object. Its error holds nothing of
// the value.
func Members(v secret.Value) (map[string]jsontext.Value, error) { return object(v) }

// TextOf gives the text under a key; empty when there is none.
func TextOf(members map[string]jsontext.Value, key string) string { return text(members, key) }

// Member is a key of a value and what is to stand there.
type Member struct {
	Key   string
	Value jsontext.Value
}

// TextMember is a Member that is a text.
func TextMember(key, text string) Member {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\uFFFD"))
	}
	return Member{key, quoted}
}

// With gives a value that is a JSON object with other members: those that are
// there in their places, new ones at the end. All else stays as it was written.
func With(v secret.Value, members ...Member) (secret.Value, error) {
	if _, err := object(v); err != nil { // whole, to its end
		return secret.Value{}, err
	}
	in := jsontext.NewDecoder(bytes.NewReader(v.Reveal()))
	var out bytes.Buffer
	to := jsontext.NewEncoder(&out)
	if err := copyWith(in, to, members); err != nil {
		return secret.Value{}, errNotJSON
	}
	return secret.Text(strings.TrimSuffix(out.String(), "\n")), nil
}

func copyWith(in *jsontext.Decoder, to *jsontext.Encoder, members []Member) error {
	left := map[string]jsontext.Value{}
	for _, m := range members {
		left[m.Key] = m.Value
	}
	begin, err := in.ReadToken()
	if err == nil {
		err = to.WriteToken(begin)
	}
	for err == nil && in.PeekKind() == '"' {
		var name jsontext.Token
		var value jsontext.Value
		if name, err = in.ReadToken(); err != nil {
			return err
		}
		key := name.String()
		if value, err = in.ReadValue(); err != nil {
			return err
		}
		if replaced, ok := left[key]; ok {
			value = replaced
			delete(left, key)
		}
		err = writeMember(to, key, value)
	}
	for _, m := range members {
		if _, ok := left[m.Key]; ok && err == nil {
			err = writeMember(to, m.Key, m.Value)
			delete(left, m.Key)
		}
	}
	if err == nil {
		err = to.WriteToken(jsontext.EndObject)
	}
	return err
}

func writeMember(to *jsontext.Encoder, key string, value jsontext.Value) error {
	if err := to.WriteToken(jsontext.String(key)); err != nil {
		return err
	}
	return to.WriteValue(value)
}
