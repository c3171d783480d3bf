package awsjson

import (
	"bytes"
	"strconv"
	"unicode/utf16"
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
	c := m.checker()
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

// lengthOf is the length of a quoted text in characters, of a blob in bytes, and
// of a sensitive text in bytes of UTF-8: a secret's value is measured so
// (secrets-manager.md, 8), and nothing else that is sensitive may be so long.
func (s *shape) lengthOf(quoted jsontext.Value) int64 {
	characters, size := measureQuoted(quoted[1 : len(quoted)-1])
	switch {
	case s.Type == "blob":
		return characters/4*3 - int64(bytes.Count(quoted[max(0, len(quoted)-3):], []byte("="))) // base64, perhaps with padding
	case s.Sensitive:
		return size
	}
	return characters
}

// measureQuoted is how many characters a text stands for, and how many bytes of
// UTF-8.
func measureQuoted(text []byte) (characters, size int64) {
	for len(text) > 0 {
		taken, stands := 1, 1
		switch {
		case text[0] == '\\' && len(text) >= 6 && text[1] == 'u':
			taken, stands = measureEscape(text)
		case text[0] == '\\':
			taken = 2
		case text[0] >= utf8.RuneSelf:
			_, taken = utf8.DecodeRune(text)
			stands = taken
		}
		text = text[min(taken, len(text)):]
		characters, size = characters+1, size+int64(stands)
	}
	return characters, size
}

// measureEscape is how many bytes a \u escape takes, and how many of UTF-8 it
// stands for. What is no number is for Decode to refuse.
func measureEscape(text []byte) (taken, stands int) {
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	switch {
	case err != nil:
		return 6, 1
	case utf16.IsSurrogate(rune(code)) && len(text) >= 12:
		return 12, 4 // two halves of one character
	}
	return 6, max(utf8.RuneLen(rune(code)), 1)
}
