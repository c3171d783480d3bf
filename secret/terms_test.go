package secret_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

func TestTerms(t *testing.T) {
	s := library("prod/DB1: The the Main-db #Team=blue owner=Main")[0]
	want := []secret.Term{
		{secret.DescriptionWord, "the"}, {secret.DescriptionWord, "main-db"},
		{secret.TagKey, "team"}, {secret.TagKey, "owner"}, {secret.TagValue, "blue"}, {secret.TagValue, "main"},
		{secret.AnyWord, "prod"}, {secret.AnyWord, "db"}, {secret.AnyWord, "1"},
	}
	if got := s.Terms(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	s.Description = strings.Repeat("é", 100)
	if got := s.Terms()[0].Text; got != strings.Repeat("é", 32) {
		t.Errorf("cut to %q", got)
	}
}

// TestNarrowing: no filter keeps a secret that its terms do not lead to.
func TestNarrowing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kept, narrowed := 0, 0
	for range 20000 {
		s, f := randomSecret(random), randomFilter(random)
		ways, ok := f.Alternatives()
		if ok {
			narrowed++
		}
		if !(secret.Filters{f}).Match(s) {
			continue
		}
		kept++
		if ok && !slices.ContainsFunc(ways, func(w secret.Alternative) bool { return leadsTo(w, s) }) {
			t.Fatalf("%+v keeps %q %q %v, but looks only for %v among %v", f, s.Name(), s.Description, s.Tags, ways, s.Terms())
		}
		if from, to := (secret.Filters{f}).NameRange(); s.Name() < from || to != "" && s.Name() >= to {
			t.Fatalf("%+v keeps %q outside of [%q, %q)", f, s.Name(), from, to)
		}
	}
	if kept < 2000 || narrowed < 2000 {
		t.Errorf("only %d kept, %d narrowed", kept, narrowed)
	}
}

func leadsTo(way secret.Alternative, s *secret.Secret) bool {
	for _, r := range way {
		within := func(text string) bool { return text >= r.From && (r.To == "" || text < r.To) }
		if r.OfNames() {
			if !within(s.Name()) {
				return false
			}
		} else if !slices.ContainsFunc(s.Terms(), func(t secret.Term) bool { return slices.Contains(r.Kinds, t.Kind) && within(t.Text) }) {
			return false
		}
	}
	return true
}

func pick(r *rand.Rand, from ...string) string { return from[r.IntN(len(from))] }

var syllables = []string{"a", "A", "b", "Ab", "aB", "1", "é", "Ω", "-", "/", " ", "\U0010FFFF", "\uD7FF", "secret", "SEC", "ab"}

func randomText(r *rand.Rand, longest int) string {
	var out strings.Builder
	for range r.IntN(longest + 1) {
		out.WriteString(pick(r, syllables...))
	}
	return out.String()
}

func randomSecret(r *rand.Rand) *secret.Secret {
	s := library("n" + fmt.Sprint(r.IntN(10)))[0]
	s.ARN.Name = randomText(r, 4)
	s.Description = randomText(r, 8) + strings.Repeat("x", r.IntN(2)*70)
	for range r.IntN(3) {
		s.Tags = append(s.Tags, secret.Tag{Key: randomText(r, 3), Value: randomText(r, 3)})
	}
	return s
}

func randomFilter(r *rand.Rand) secret.Filter {
	f := secret.Filter{Key: pick(r, "name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all")}
	for range 1 + r.IntN(2) {
		f.Values = append(f.Values, pick(r, "", "", "!")+randomText(r, 3)+strings.Repeat("x", r.IntN(2)*70*r.IntN(2)))
	}
	return f
}

func TestFoundAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	alike := 0
	for range 5000 {
		a, b := randomSecret(random), randomSecret(random)
		b.ARN.Name = a.ARN.Name
		if random.IntN(2) == 0 {
			b.Description, b.Tags = a.Description, slices.Clone(a.Tags)
		}
		if !a.FoundAlike(b) {
			continue
		}
		alike++
		if !slices.Equal(a.Terms(), b.Terms()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	}
	if alike < 1000 {
		t.Errorf("only %d were alike", alike)
	}
}
