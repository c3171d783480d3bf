package app

import (
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda"
)

// TestWhole: of a log that was cut the first line goes.
func TestWhole(t *testing.T) {
	cut := "word in force\n" + strings.Repeat("x", lambda.MaxLog-len("word in force\n"))
	for log, want := range map[string]string{
		"": "", "one\ntwo\n": "one\ntwo\n",
		cut: cut[len("word in force\n"):], strings.Repeat("x", lambda.MaxLog): "",
	} {
		if got := whole(log); got != want {
			t.Errorf("%.20q became %.20q, want %.20q", log, got, want)
		}
	}
}

// TestPrivate: credentials and passwords are nobody's but the function's; where the
// API is everybody may know.
func TestPrivate(t *testing.T) {
	got := private(map[string]string{
		"AWS_SECRET_ACCESS_KEY": "secret key", "PASSWORD": "hunter22", "MODE": "fast", "AWS_ENDPOINT_URL": "http://127.0.0.1:8080",
	})
	slices.Sort(got)
	if want := []string{"hunter22", "secret key"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestBrief(t *testing.T) {
	for text, want := range map[string]string{
		"  one\ttwo\r\nthree\n":             "one two three",
		"\x1b[2J\x1b]0;owned\x07 \u009b31m": "\uFFFD[2J\uFFFD]0;owned\uFFFD \uFFFD31m",
		"not UTF-8: \xff":                   "not UTF-8: \uFFFD",
		strings.Repeat("ä", maxBrief+1):     strings.Repeat("ä", maxBrief) + "…",
	} {
		if got := brief(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
