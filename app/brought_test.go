package app

import (
	"strings"
	"testing"
)

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
