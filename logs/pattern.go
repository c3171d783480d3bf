package logs

import (
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// pattern is a filter pattern for lines that have no structure: all of the words
// and none of the excluded ones, or any of the optional ones. As on AWS, optional
// words beside others count for nothing.
type pattern struct{ all, any, none []string }

// parsePattern reads a filter pattern. Those for JSON, for columns and with regular
// expressions are not served.
func parsePattern(text string) (p pattern, err error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return p, nil
	}
	if strings.ContainsRune("{[%", rune(rest[0])) {
		return p, fault.New(fault.InvalidParameter,
			"Alberti serves filter patterns of words, \"quoted words\", ?optional and -excluded ones; those for JSON ({…}), columns ([…]) and regular expressions (%%…%%) it does not")
	}
	for rest != "" {
		list := &p.all
		switch rest[0] {
		case '?':
			list, rest = &p.any, rest[1:]
		case '-':
			list, rest = &p.none, rest[1:]
		}
		var term string
		var ok bool
		if term, rest, ok = cutTerm(rest); !ok {
			return pattern{}, fault.New(fault.InvalidParameter, "Invalid filter pattern")
		}
		*list = append(*list, term)
		rest = strings.TrimLeft(rest, " \t\r\n")
	}
	return p, nil
}

// cutTerm cuts a word, or several in quotes, off a pattern. What is neither a
// letter, a digit nor _ has to be in quotes.
func cutTerm(text string) (term, rest string, ok bool) {
	if quoted, is := strings.CutPrefix(text, `"`); is {
		return cutQuoted(quoted)
	}
	end := strings.IndexAny(text, " \t\r\n")
	if end < 0 {
		end = len(text)
	}
	term = text[:end]
	return term, text[end:], term != "" && !strings.ContainsFunc(term, special)
}

// cutQuoted cuts a text off its closing quote; \" and \\ stand for " and \.
func cutQuoted(text string) (term, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), text[i+1:], i > 0
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\'):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", "", false
}

func special(r rune) bool {
	return r < 0x80 && r != '_' && !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9')
}

// matches tells whether a line is what the pattern asks for. Case counts.
func (p pattern) matches(message string) bool {
	has := func(term string) bool { return strings.Contains(message, term) }
	for _, term := range p.none {
		if has(term) {
			return false
		}
	}
	for _, term := range p.all {
		if !has(term) {
			return false
		}
	}
	if len(p.any) == 0 || len(p.all)+len(p.none) > 0 {
		return true
	}
	for _, term := range p.any {
		if has(term) {
			return true
		}
	}
	return false
}
