// Package fold brings names into one form that servers take for one name: those
// that do not count the case of letters, their width or their accents.
package fold

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Name gives a name without what such servers may overlook: the case of letters,
// accents, other forms of a character, spaces at the ends and more than one
// between. It may take two names for one that a server can tell apart, and no two
// for different that a server takes for one.
func Name(name string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	plain = norm.NFKC.String(cases.Fold().String(plain))
	return strings.Join(strings.Fields(plain), " ")
}
