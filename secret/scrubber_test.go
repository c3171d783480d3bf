package secret_test

import (
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

func TestScrubber(t *testing.T) {
	for _, c := range []struct {
		value      secret.Value
		text, want string
	}{
		{secret.Text(`{"username":"appuser","password":"hunter22","host":"db.example.com","port":5432}`),
			"appuser@db.example.com:5432 refused hunter22", "appuser@db.example.com:5432 refused [redacted]"},
		{secret.Text(`{"keys":["longer-key","longer-key-2"],"deep":{"username":"nested","token":"abcdef"}}`),
			"longer-key-2, longer-key, abcdef of nested", "[redacted], [redacted], [redacted] of nested"},
		{secret.Text(`{"pin":"123"}`), "123", "123"},
		{secret.Text("just a text"), "it was: just a text.", "it was: [redacted]."},
		{secret.Text(`"a json string"`), "a json string", "[redacted]"},
		{secret.Binary([]byte(`{"password":"hunter22"}`)), `{"password":"hunter22"}`, "[redacted]"},
		{secret.Text(`{"username":{"first":"Leonardo"},"password":"pa\"ss\\word"}`), `pa"ss\word of Leonardo`, "[redacted] of Leonardo"},
		{secret.Text(`{"password":"a\"b\\c<d&"}`), `{"password":"a\"b\\c<d&"} or "a\"b\\c\u003cd\u0026" or a"b\c<d&`, `{"password":"[redacted]"} or "[redacted]" or [redacted]`},
		{secret.Text("not UTF-8: \xff"), "not UTF-8: \xff", "[redacted]"},
		{secret.Text(""), "nothing", "nothing"},
	} {
		var s secret.Scrubber
		s.SawValue(c.value)
		if got := s.Text(c.text); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
	var s secret.Scrubber
	s.Saw("")
	s.Saw("short")
	if got := s.Text("short"); got != "[redacted]" {
		t.Errorf("what was seen is taken out, however short: %q", got)
	}
}
