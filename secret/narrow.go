package secret

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Range is where to look for terms: from From on and before To, byte by byte; an
// empty To is no end.
type Range struct {
	Kinds    []Kind // in all of which to look
	From, To string
}

// OfNames tells whether it is a range of names instead, in the case they have.
func (r Range) OfNames() bool { return r.Kinds[0] == wholeName }

// Alternative is one way to pass a filter: with a term in each of the ranges.
type Alternative []Range

// Alternatives are ways to pass a filter, of which each secret that it keeps
// takes one. ok is false for a filter that cannot be narrowed like this: who
// lacks a tag is to be found by no term.
func (f Filter) Alternatives() (out []Alternative, ok bool) {
	for _, value := range f.Values {
		ways, ok := f.alternatives(value)
		if !ok {
			return nil, false
		}
		out = append(out, ways...)
	}
	return out, true
}

func (f Filter) alternatives(value string) ([]Alternative, bool) {
	prefix, negated := strings.CutPrefix(value, "!")
	switch {
	case negated && (f.Key != "name" || prefix == ""):
		return nil, false
	case negated:
		r := beginning(prefix, wholeName)
		return []Alternative{{{r.Kinds, "", r.From}}, {{r.Kinds, r.To, ""}}}, true
	case f.Key == "all":
		return allOf(tokens(value), anywhere...), true
	case f.Key == "description":
		words := strings.Fields(value)
		return allOf(words, DescriptionWord), len(words) > 0
	case f.Key == "name":
		return []Alternative{{beginning(prefix, wholeName)}}, prefix != ""
	}
	for _, k := range keyKinds {
		if k.key == f.Key {
			return []Alternative{{beginning(folded(prefix), k.kind)}}, prefix != ""
		}
	}
	return nil, false
}

// allOf wants every word, the longest first: it is likely to be the rarest.
func allOf(words []string, in ...Kind) []Alternative {
	if len(words) == 0 {
		return nil
	}
	var out Alternative
	for _, w := range slices.SortedStableFunc(slices.Values(words), func(a, b string) int { return cmp.Compare(len(b), len(a)) }) {
		out = append(out, beginning(folded(w), in...))
	}
	return []Alternative{out}
}

// beginning is the range of all texts that begin with a prefix.
func beginning(prefix string, in ...Kind) Range {
	return Range{Kinds: in, From: prefix, To: following(prefix)}
}

// following is the first text after all that begin with a prefix, "" when there
// is none. UTF-8 sorts as its code points do.
func following(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		next := last + 1
		if next == 0xD800 {
			next = 0xE000 // beyond the surrogates
		}
		if next <= utf8.MaxRune {
			return prefix + string(next)
		}
	}
	return ""
}

// NameRange is where the names lie of all secrets that pass; no bounds when that
// cannot be said.
func (fs Filters) NameRange() (from, to string) {
	for _, f := range fs {
		if ways, ok := f.Alternatives(); ok && f.Key == "name" && len(ways) == 1 {
			return ways[0][0].From, ways[0][0].To
		}
	}
	return "", ""
}
