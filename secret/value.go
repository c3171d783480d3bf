package secret

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// Redacted is what every formatter makes of a Value.
const Redacted = "[redacted]"

// Value is what a version of a secret keeps: text or bytes. It cannot be
// printed, logged or marshalled; only Reveal gives it away.
//
// The bytes are behind a function because fmt does not ask for Format where a
// value sits in an unexported field, or under %p: there it prints an address. A
// pointer to bytes it would follow under the verbs that do not fit one.
type Value struct {
	reveal func() []byte
	binary bool
}

// Text is a value given as SecretString.
func Text(s string) Value { return TextOf([]byte(s)) }

// TextOf is Text for bytes, which it does not copy.
func TextOf(b []byte) Value { return Value{reveal: func() []byte { return b }} }

// Binary is a value given as SecretBinary.
func Binary(b []byte) Value { return Value{reveal: func() []byte { return b }, binary: true} }

// Reveal gives the bytes of the value: the one way to them.
func (v Value) Reveal() []byte {
	if v.reveal == nil {
		return nil
	}
	return v.reveal()
}

// IsBinary tells SecretBinary from SecretString.
func (v Value) IsBinary() bool { return v.binary }

// Equal compares kind and content in constant time. Text and bytes of the same
// content differ (secrets-manager.md, 2.0, ClientRequestToken).
func (v Value) Equal(w Value) bool {
	return v.binary == w.binary && subtle.ConstantTimeCompare(v.Reveal(), w.Reveal()) == 1
}

// Format keeps every verb of fmt from printing the value.
func (Value) Format(f fmt.State, _ rune) { fmt.Fprint(f, Redacted) }

// MarshalText keeps encoders from writing the value.
func (Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue keeps slog from writing the value.
func (Value) LogValue() slog.Value { return slog.StringValue(Redacted) }
