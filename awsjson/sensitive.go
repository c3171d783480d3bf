package awsjson

import (
	"fmt"
	"log/slog"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// redacted is what a sensitive value looks like everywhere but on the wire.
const redacted = "[redacted]"

// Sensitive is a member of the wire that no one may read by accident: a JSON
// string that prints, logs and marshals as "[redacted]". The zero value is an
// absent member, which an empty text is not.
//
// The text is behind a pointer because fmt asks no method about %p, nor about
// an unexported field of another struct: there it prints the address.
type Sensitive struct{ text *string }

// NewSensitive makes a member of a text.
func NewSensitive(text string) Sensitive { return Sensitive{&text} }

// Reveal gives the text: the one way to it.
func (s Sensitive) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero tells an absent member, for omitzero.
func (s Sensitive) IsZero() bool { return s.text == nil }

// Format keeps every verb of fmt from printing the text.
func (Sensitive) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText keeps encoders from writing the text.
func (Sensitive) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue keeps slog from writing the text.
func (Sensitive) LogValue() slog.Value { return slog.StringValue(redacted) }

// UnmarshalJSONFrom reads a JSON string; null is absent.
func (s *Sensitive) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	s.text = nil // or the old text, which others may hold, would be written over
	return json.UnmarshalDecode(d, &s.text)
}

// SensitiveBlob is [Sensitive] for bytes, base64 on the wire. The zero value is
// an absent member, which an empty blob is not. The bytes are behind a function,
// because fmt follows a slice in a field that is not exported.
type SensitiveBlob struct{ reveal func() []byte }

// NewSensitiveBlob makes a member of b, which it does not copy; nil is absent.
func NewSensitiveBlob(b []byte) SensitiveBlob {
	if b == nil {
		return SensitiveBlob{}
	}
	return SensitiveBlob{func() []byte { return b }}
}

// Reveal gives the bytes: the one way to them.
func (s SensitiveBlob) Reveal() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// IsZero tells an absent member, for omitzero.
func (s SensitiveBlob) IsZero() bool { return s.reveal == nil }

// Format keeps every verb of fmt from printing the bytes.
func (SensitiveBlob) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText keeps encoders from writing the bytes.
func (SensitiveBlob) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue keeps slog from writing the bytes.
func (SensitiveBlob) LogValue() slog.Value { return slog.StringValue(redacted) }

// UnmarshalJSONFrom reads base64 in a JSON string; null is absent.
func (s *SensitiveBlob) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var b []byte
	err := json.UnmarshalDecode(d, &b)
	*s = NewSensitiveBlob(b)
	return err
}
