package lambda

import (
	"bytes"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/fault"
)

// checkPayload gives the event of an invocation: JSON, and {} where there is
// nothing. What is no JSON is refused in the words of the parser that AWS has, as
// far as they can be known (lambda.md, 2.7).
func checkPayload(payload []byte) ([]byte, error) {
	if len(payload) == 0 {
		return []byte("{}"), nil
	}
	v := jsontext.Value(payload)
	if v.IsValid(jsontext.AllowDuplicateNames(true)) {
		return payload, nil
	}
	at := firstWrong(payload)
	return nil, fault.New(fault.InvalidContent, "Could not parse request body into json: Could not parse payload into json: %s\n"+
		" at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]",
		complaint(payload[at:]), 1+bytes.Count(payload[:at], []byte("\n")), at-bytes.LastIndexByte(payload[:at], '\n'))
}

// firstWrong is where a payload stops being JSON.
func firstWrong(payload []byte) int {
	d := jsontext.NewDecoder(bytes.NewReader(payload), jsontext.AllowDuplicateNames(true))
	for {
		if _, err := d.ReadToken(); err != nil {
			var syntax *jsontext.SyntacticError
			if errors.As(err, &syntax) {
				return min(int(syntax.ByteOffset), len(payload))
			}
			return len(payload)
		}
	}
}

// complaint says what is wrong with a text at its beginning.
func complaint(rest []byte) string {
	if len(rest) == 0 {
		return "Unexpected end-of-input"
	}
	const values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	if token := wordOf(rest); token != "" {
		return "Unrecognized token '" + token + "': was expecting " + values
	}
	r, size := utf8.DecodeRune(rest)
	if r == utf8.RuneError && size <= 1 {
		r = rune(rest[0]) // which stands for itself
	}
	shown := fmt.Sprintf("'%c' (code %d)", r, r)
	switch {
	case unicode.IsControl(r):
		shown = fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	case r > 255:
		shown = fmt.Sprintf("'%c' (code %d / 0x%x)", r, r, r)
	}
	return "Unexpected character (" + shown + "): expected a valid value " + values
}

// wordOf is the word that a text begins with.
func wordOf(text []byte) string {
	end := bytes.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' })
	if end < 0 {
		end = len(text)
	}
	if end == 0 || !unicode.IsLetter(rune(text[0])) {
		return ""
	}
	return string(text[:min(end, 256)])
}
