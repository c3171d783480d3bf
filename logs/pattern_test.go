package logs

import (
	"testing"

	"github.com/alberti-dev/alberti/fault"
)

// TestPattern holds the examples of AWS's description of patterns for lines
// without structure, and what is refused.
func TestPattern(t *testing.T) {
	for pattern, lines := range map[string]map[string]bool{
		"":                           {"anything": true, "": true},
		"  ":                         {"anything": true},
		"ERROR":                      {"[ERROR] x": true, "MYERRORS": true, "error": false},
		"ERROR ARGUMENTS":            {"ERROR ARGUMENTS": true, "ARGUMENTS: ERROR": true, "ERROR": false},
		"?ERROR ?ARGUMENTS":          {"ERROR": true, "ARGUMENTS": true, "x": false},
		`"INTERNAL SERVER ERROR"`:    {"INTERNAL SERVER ERROR!": true, "SERVER INTERNAL ERROR": false},
		"ERROR -ARGUMENTS":           {"ERROR": true, "ERROR ARGUMENTS": false, "x": false},
		`-"a b"`:                     {"ab": true, "a b": false},
		"?ERROR ?WARN ARGUMENTS":     {"ARGUMENTS": true, "ERROR": false}, // optional words beside others
		"?ERROR -WARN":               {"x": true, "ERROR WARN": false},
		`"say \"hi\"" C_1`:           {`C_1: say "hi"`: true, "C_1: say hi": false},
		`"back\\slash" "plain\text"`: {`back\slash plain\text`: true},
		"größe":                      {"die größe": true},
	} {
		p, err := parsePattern(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
		for line, want := range lines {
			if p.matches(line) != want {
				t.Errorf("%q on %q: %v", pattern, line, !want)
			}
		}
	}
	for _, pattern := range []string{"{ $.level = 3 }", "[ip, user]", "%regex%", "a-b", `"open`, `""`, "?", "- x", "x: y", `"a""b`} {
		if _, err := parsePattern(pattern); fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

func FuzzPattern(f *testing.F) {
	f.Add(`?ERROR -"a \"b\"" c`)
	f.Add(`{ $.x = 1 }`)
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePattern(text); err == nil {
			p.matches(text)
		} else if fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%q: %v", text, err)
		}
	})
}
