// Package jsonwrite appends JSON without reflection, for the few shapes that
// every request waits for.
package jsonwrite

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Writer appends the members of JSON objects to Buf. Names are written as they
// are: they must be plain.
type Writer struct{ Buf []byte }

// Open begins an object, under a name unless it is "".
func (w *Writer) Open(name string) {
	if name != "" {
		w.Name(name)
	}
	w.Buf = append(w.Buf, '{')
}

// Close ends an object.
func (w *Writer) Close() { w.Buf = append(w.Buf, '}') }

// Name begins a member, whose value the caller appends.
func (w *Writer) Name(name string) {
	if w.Buf[len(w.Buf)-1] != '{' {
		w.Buf = append(w.Buf, ',')
	}
	w.Buf = append(append(append(w.Buf, '"'), name...), '"', ':')
}

// Text writes a text, see [Quote].
func (w *Writer) Text(name, value string) {
	w.Name(name)
	w.Buf = Quote(w.Buf, value)
}

// Option writes a text unless it is empty.
func (w *Writer) Option(name, value string) {
	if value != "" {
		w.Text(name, value)
	}
}

// Texts writes a list of texts.
func (w *Writer) Texts(name string, values []string) {
	w.Name(name)
	w.Buf = append(w.Buf, '[')
	for i, v := range values {
		if i > 0 {
			w.Buf = append(w.Buf, ',')
		}
		w.Buf = Quote(w.Buf, v)
	}
	w.Buf = append(w.Buf, ']')
}

// Blob writes bytes in base64.
func (w *Writer) Blob(name string, value []byte) {
	w.Name(name)
	w.Buf = append(base64.StdEncoding.AppendEncode(append(w.Buf, '"'), value), '"')
}

// Time writes a time as RFC 3339, in UTC and whole seconds.
func (w *Writer) Time(name string, t time.Time) {
	w.Name(name)
	w.Buf = append(t.UTC().AppendFormat(append(w.Buf, '"'), time.RFC3339), '"')
}

// Truth writes true or false.
func (w *Writer) Truth(name string, t bool) {
	w.Name(name)
	w.Buf = strconv.AppendBool(w.Buf, t)
}

// Raw writes a value that is JSON already, null when there is none.
func (w *Writer) Raw(name string, value []byte) {
	w.Name(name)
	if value == nil {
		value = []byte("null")
	}
	w.Buf = append(w.Buf, value...)
}

// Quote appends a JSON string. Invalid UTF-8 is replaced.
func Quote(b []byte, s string) []byte {
	if !Plain(s) {
		b, _ = jsontext.AppendQuote(b, s)
		return b
	}
	return append(append(append(b, '"'), s...), '"')
}

// Plain tells whether a text holds nothing but ASCII that stands for itself in a
// JSON string. It looks at eight bytes at a time.
func Plain(s string) bool {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	var found uint64
	for ; len(s) >= 8; s = s[8:] {
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56 // one load
		quote, escape := word^ones*'"', word^ones*'\\'
		// A byte below n borrows from its highest bit; a byte of zero is below 1.
		found |= word | (word - ones*' ') | (quote - ones) | (escape - ones)
	}
	if found&highs != 0 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
