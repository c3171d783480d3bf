package pgwire_test

import (
	"slices"
	"testing"

	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

func TestSplitList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string // nil: no list
	}{
		{`public`, []string{"public"}},
		{`"$user", public`, []string{"$user", "public"}},
		{` a ,b,"c d" , "e""f"`, []string{"a", "b", "c d", `e"f`}},
		{`""`, []string{""}},
		{`"a,b",c`, []string{"a,b", "c"}},
		{`""""`, []string{`"`}},
		{``, nil},
		{`a b`, nil},
		{`a,`, nil},
		{`,a`, nil},
		{`"a`, nil},
		{`"a""`, nil},
		{`"a"b`, nil},
		{`"a" "b"`, nil},
	} {
		got, ok := pgwire.SplitList(c.text)
		if ok != (c.want != nil) || !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, %v, want %q", c.text, got, ok, c.want)
		}
	}
}
