package awsjson

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// longText is what a text may have for certain, in bytes, before it is worth
// looking at without decoding it. Few members may have more.
const longText = 8 << 10

// CheckLong refuses a body in which a text is longer than its member may be,
// before anything of it is copied: what is too long is never held twice. It
// looks at no more than that; syntax is for Decode, and all else for Check.
func (m *Model) CheckLong(operation string, body []byte) error {
	o := m.operations[operation]
	if len(body) <= longText || o == nil {
		return nil
	}
	input := m.shape(o.Input)
	if input == nil {
		return nil
	}
	c := checker{terse: m.Terse}
	d := jsontext.NewDecoder(bytes.NewBuffer(body)) // which reads in place
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return nil
	}
	for d.PeekKind() == '"' {
		token, err := d.ReadToken()
		if err != nil {
			return nil
		}
		name := token.String() // the token is good for as long as nothing more is read
		ref := input.Members[name]
		value, err := d.ReadValue()
		if err != nil {
			return nil
		}
		if member := m.shape(&ref); member != nil && member.Max != nil && value.Kind() == '"' && len(value) > longText && member.lengthOf(value) > *member.Max {
			c.fail(lowerCamel(name), "'***'", member.maxRule())
		}
	}
	return c.err()
}

// lengthOf is the length of a quoted text in characters, of a blob in bytes.
func (s *shape) lengthOf(quoted jsontext.Value) (n int64) {
	text := quoted[1 : len(quoted)-1]
	for len(text) > 0 {
		size := 1
		switch {
		case text[0] == '\\' && len(text) >= 6 && text[1] == 'u':
			size = 6
			if high := text[2:4]; (high[0] == 'd' || high[0] == 'D') && high[1] >= '8' && len(text) >= 12 {
				size = 12 // two halves of one character
			}
		case text[0] == '\\':
			size = 2
		case text[0] >= utf8.RuneSelf:
			_, size = utf8.DecodeRune(text)
		}
		text = text[min(size, len(text)):]
		n++
	}
	if s.Type == "blob" {
		return n/4*3 - int64(bytes.Count(quoted[max(0, len(quoted)-3):], []byte("="))) // base64, perhaps with padding
	}
	return n
}
