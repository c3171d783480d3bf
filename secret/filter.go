package secret

import (
	"slices"
	"strings"
	"unicode"
)

// Filter is one condition of a listing: the secret must match one of the
// values, each of which a leading ! turns round (secrets-manager.md, 2.9).
type Filter struct {
	Key    string // name, description, tag-key, tag-value, primary-region, owning-service, all
	Values []string
}

// Filters must all match.
type Filters []Filter

// Match tells whether a secret passes every filter.
func (fs Filters) Match(s *Secret) bool {
	for _, f := range fs {
		if !slices.ContainsFunc(f.Values, func(v string) bool { return f.matches(s, v) }) {
			return false
		}
	}
	return true
}

func (f Filter) matches(s *Secret, value string) bool {
	if rest, negated := strings.CutPrefix(value, "!"); negated {
		return !f.holds(s, rest)
	}
	return f.holds(s, value)
}

func (f Filter) holds(s *Secret, value string) bool {
	switch f.Key {
	case "description":
		return wordsMatch(strings.Fields(value), strings.Fields(s.Description))
	case "all":
		return s.anywhere(value)
	case "owning-service":
		value = strings.ToLower(value)
	}
	return slices.ContainsFunc(s.texts(f.Key), func(text string) bool { return strings.HasPrefix(text, value) })
}

// texts are what a filter looks at that wants one of them to begin with its value.
func (s *Secret) texts(key string) (out []string) {
	switch key {
	case "name":
		return []string{s.Name()}
	case "primary-region":
		return nonEmpty(s.PrimaryRegion())
	case "owning-service":
		return nonEmpty(strings.ToLower(s.OwningService))
	case "tag-key":
		for _, t := range s.Tags {
			out = append(out, t.Key)
		}
	case "tag-value":
		for _, t := range s.Tags {
			out = append(out, t.Value)
		}
	}
	return out
}

func nonEmpty(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// anywhere looks for every word of a search in everything that has words.
func (s *Secret) anywhere(search string) bool {
	words := tokens(search)
	return len(words) > 0 && wordsMatch(words, s.words())
}

// words are those of everything that has words.
func (s *Secret) words() []string {
	out := append(tokens(s.Name()), tokens(s.Description)...)
	for _, t := range s.Tags {
		out = append(append(out, tokens(t.Key)...), tokens(t.Value)...)
	}
	return out
}

// wordsMatch wants each word to begin one of the others, in any case and order.
func wordsMatch(words, in []string) bool {
	for _, w := range words {
		w = strings.ToLower(w)
		if !slices.ContainsFunc(in, func(s string) bool { return strings.HasPrefix(strings.ToLower(s), w) }) {
			return false
		}
	}
	return true
}

// tokens splits a text where a capitalized word begins, between letters and
// digits, and at everything that is neither: credsDatabase#892 is creds,
// Database, 892, and COMPANYthings is COMPAN, Ythings.
func tokens(text string) (out []string) {
	runes, from := []rune(text), 0
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			out = appendWord(out, runes[from:i])
			from = i + 1
		case i > from && beginsWord(runes, i):
			out = appendWord(out, runes[from:i])
			from = i
		}
	}
	return appendWord(out, runes[from:])
}

// beginsWord tells whether a word begins at a rune that follows another.
func beginsWord(runes []rune, i int) bool {
	last, r := runes[i-1], runes[i]
	if unicode.IsDigit(last) != unicode.IsDigit(r) {
		return true
	}
	beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1])
	return unicode.IsUpper(r) && (unicode.IsLower(last) || unicode.IsUpper(last) && beforeLower)
}

func appendWord(words []string, word []rune) []string {
	if len(word) == 0 {
		return words
	}
	return append(words, string(word))
}
