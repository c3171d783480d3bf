package policy

import (
	"slices"
	"unicode/utf8"
)

// glob is a pattern: bytes, and the two wildcards.
type glob []uint16

const (
	star    uint16 = 256 + iota // any run of characters
	anyChar                     // one character
)

// globOf reads `*` and `?` as wildcards.
func globOf(text string) glob {
	out := literally(text)
	for i, b := range out {
		switch b {
		case '*':
			out[i] = star
		case '?':
			out[i] = anyChar
		}
	}
	return out
}

// literally is a text in which nothing is a wildcard.
func literally(text string) glob {
	out := make(glob, len(text))
	for i := range len(text) {
		out[i] = uint16(text[i])
	}
	return out
}

// fixed tells whether a pattern matches one text only.
func (g glob) fixed() bool {
	return !slices.ContainsFunc(g, func(b uint16) bool { return b >= star })
}

// matches tries a whole text in one pass, going back to the last star only.
func (g glob) matches(s string) bool {
	p, i, last, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(g) && g[p] == star:
			last, mark = p, i
			p++
		case p < len(g) && g[p] == anyChar:
			p, i = p+1, i+width(s[i:])
		case p < len(g) && g[p] == uint16(s[i]):
			p, i = p+1, i+1
		case last >= 0:
			mark += width(s[mark:])
			p, i = last+1, mark
		default:
			return false
		}
	}
	return !slices.ContainsFunc(g[p:], func(b uint16) bool { return b != star })
}

// width is the length of the first character in bytes.
func width(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
