package secret

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Terms are what a store looks secrets up by, so that a filter need not be held
// against each of 500,000. They find too much rather than too little: case is
// ignored and long words are cut. What Filters.Match says is final.

// Kind is where a term comes from.
type Kind int

// The kinds. They stand in the store: none may change its number. Names are not
// among them, the store has an index of those.
const (
	AnyWord Kind = iota // as the filter "all" looks for, unless another kind has it
	DescriptionWord
	TagKey
	TagValue
	PrimaryRegion
	OwningService
	wholeName // of ranges only
)

type keyKind struct {
	key  string
	kind Kind
}

// keyKinds are the filters that want one text to begin with their value.
var keyKinds = []keyKind{{"tag-key", TagKey}, {"tag-value", TagValue}, {"primary-region", PrimaryRegion}, {"owning-service", OwningService}}

// anywhere are the kinds in which a word of the filter "all" stands.
var anywhere = []Kind{AnyWord, DescriptionWord, TagKey, TagValue}

// Term is a word that a secret is found by.
type Term struct {
	Kind Kind
	Text string
}

// Terms are all terms of a secret, each once.
func (s *Secret) Terms() (out []Term) {
	known, elsewhere := map[Term]bool{}, map[string]bool{}
	add := func(k Kind, text string) {
		t := Term{k, folded(text)}
		if t.Text == "" || known[t] || k == AnyWord && elsewhere[t.Text] {
			return
		}
		out, known[t] = append(out, t), true
		if slices.Contains(anywhere, k) {
			elsewhere[t.Text] = true
		}
	}
	for _, word := range strings.Fields(s.Description) {
		add(DescriptionWord, word)
	}
	for _, k := range keyKinds {
		for _, text := range s.texts(k.key) {
			add(k.kind, text)
		}
	}
	for _, word := range s.words() {
		add(AnyWord, word)
	}
	return out
}

// PrimaryRegionTerm is how secrets with a primary in a region are found.
func PrimaryRegionTerm(region string) Term { return Term{PrimaryRegion, folded(region)} }

// FoundAlike tells whether two states of a secret have the same terms, for
// certain.
func (s *Secret) FoundAlike(o *Secret) bool {
	return s.ARN == o.ARN && s.Description == o.Description && !slices.ContainsFunc(keyKinds, func(k keyKind) bool {
		return !slices.Equal(s.texts(k.key), o.texts(k.key))
	})
}

const longestTerm = 64 // bytes

// folded writes a text as it stands among the terms.
func folded(text string) string {
	text = strings.ToLower(text)
	if len(text) <= longestTerm {
		return text
	}
	end := longestTerm
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
