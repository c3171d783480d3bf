package fold_test

import (
	"testing"

	"github.com/alberti-dev/alberti/rotator/internal/fold"
)

func TestName(t *testing.T) {
	for _, same := range [][]string{
		{"app", "APP", "App", "ａｐｐ", " app", "app "},
		{"straße", "STRASSE", "Straße"},
		{"rené", "rene\u0301", "RENE", "René"},
		{"a b", "A  B", "a\u00a0b"},
		{"σας", "ΣΑΣ"},
	} {
		for _, name := range same {
			if got := fold.Name(name); got != fold.Name(same[0]) {
				t.Errorf("%q became %q, %q became %q", same[0], fold.Name(same[0]), name, got)
			}
		}
	}
	for _, other := range []string{"app2", "ap", "a pp", "app_clone", ""} {
		if fold.Name(other) == fold.Name("app") {
			t.Errorf("%q is taken for app", other)
		}
	}
}
