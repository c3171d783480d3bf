package level_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// user is one whose rights are words; statements are "give x" and "take x".
type user struct {
	has, said, notes []string
	refuses          string // a statement
	ignores          string // another
}

func rights(words []string) (out []level.Right) {
	for _, w := range words {
		r := level.Right{Name: w, Give: "give " + w, Take: "take " + w, Forbids: strings.HasPrefix(w, "no ")}
		if strings.HasPrefix(w, "strange") {
			r.Give = ""
		}
		out = append(out, r)
	}
	return out
}

func (u *user) bring(want []string, all bool) error {
	return level.Pair{
		Want: func(context.Context) ([]level.Right, error) { return rights(want), nil },
		Have: func(context.Context) ([]level.Right, error) { return rights(u.has), nil },
		Run: func(_ context.Context, statement string) error {
			u.said = append(u.said, statement)
			if statement == u.refuses {
				return errors.New("refused")
			}
			if statement == u.ignores {
				return nil
			}
			verb, word, _ := strings.Cut(statement, " ")
			if verb == "give" {
				u.has = append(u.has, word)
			} else {
				u.has = slices.DeleteFunc(u.has, func(w string) bool { return w == word })
			}
			return nil
		},
		Note:         func(format string, a ...any) { u.notes = append(u.notes, fmt.Sprintf(format, a...)) },
		AllOrNothing: all,
	}.Bring(context.Background())
}

func TestBring(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		user
		want []string
		all  bool
		err  string
		note string
	}{
		{name: "level", user: user{has: []string{"b", "a"}}, want: []string{"a", "b"}},
		{name: "both ways", user: user{has: []string{"a", "b"}}, want: []string{"b", "c", "c"}, note: "take a"},
		{name: "cannot give", user: user{refuses: "give c"}, want: []string{"c"}, err: "give c: refused"},
		{name: "no statement", want: []string{"strange"}, err: "no statement to give strange"},
		{name: "cannot take", user: user{has: []string{"a"}, refuses: "take a"}, note: "left as it was: take a: refused"},
		{name: "cannot take in a transaction", user: user{has: []string{"a"}, refuses: "take a"}, all: true, err: "take a: refused"},
		{name: "not given", user: user{ignores: "give c"}, want: []string{"c"}, err: "not level, it lacks: c"},
		{name: "not taken", user: user{has: []string{"a"}, ignores: "take a"}, note: "it still has a"},
		{name: "still forbidden", user: user{has: []string{"no a"}, refuses: "take no a"}, err: "freedom from no a"},
	} {
		u := c.user
		err := u.bring(c.want, c.all)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if !strings.Contains(strings.Join(u.notes, "\n"), c.note) {
			t.Errorf("%s: notes %q", c.name, u.notes)
		}
		if c.name == "level" && len(u.said) > 0 || c.name == "both ways" && !slices.Equal(u.said, []string{"take a", "give c"}) {
			t.Errorf("%s: %q", c.name, u.said)
		}
	}
}
