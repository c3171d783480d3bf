package policy

import (
	"slices"
	"strings"
)

// Context looks up a condition key of a request by its name in lower case. It
// gives nothing for a key that the request does not have.
type Context func(key string) []string

// pattern is a text, and what it is where wildcards count.
type pattern struct {
	text string
	glob glob
}

// value is a text of a policy with the variables in it (iam-kms.md, 1.4).
type value struct {
	pattern         // where there are no variables
	pieces  []piece // nil without variables
}

// piece is a text, or a variable when it has a key.
type piece struct {
	pattern
	key        string // in lower case
	otherwise  string // the value of a key that is absent
	hasDefault bool
}

func plain(text string) value { return value{pattern: pattern{text, globOf(text)}} }

// value reads a text in which variables may stand. Before Version 2012-10-17
// they are text like any other.
func (p *parser) value(text string) (value, error) {
	if !p.modern || !strings.Contains(text, "${") {
		return plain(text), nil
	}
	var out value
	for {
		before, after, found := strings.Cut(text, "${")
		if before != "" {
			out.pieces = append(out.pieces, piece{pattern: pattern{before, globOf(before)}})
		}
		if !found {
			return out, nil
		}
		inner, rest, closed := strings.Cut(after, "}")
		if !closed {
			return out, syntax(syntaxErrors)
		}
		variable, err := parseVariable(inner)
		if err != nil {
			return out, err
		}
		out.pieces, text = append(out.pieces, variable), rest
	}
}

// parseVariable reads what stands between ${ and }: a key, a key with a default
// as in `key, 'default'`, or one of the characters that would be special.
func parseVariable(inner string) (piece, error) {
	if inner == "*" || inner == "?" || inner == "$" {
		return piece{pattern: pattern{inner, literally(inner)}}, nil
	}
	key, rest, comma := strings.Cut(inner, ",")
	v := piece{key: strings.ToLower(strings.TrimSpace(key)), hasDefault: comma}
	if v.key == "" || strings.ContainsAny(v.key, "${'\"*?") {
		return v, syntax(syntaxErrors)
	}
	if comma {
		quoted := strings.TrimSpace(rest)
		if len(quoted) < 2 || quoted[0] != '\'' || quoted[len(quoted)-1] != '\'' {
			return v, syntax(syntaxErrors)
		}
		v.otherwise = quoted[1 : len(quoted)-1]
	}
	return v, nil
}

// manyValued keys have no one value, even when there is one.
var manyValued = []string{"aws:tagkeys", "aws:calledvia"}

// in gives the value for a request; false when it has a variable without a
// value. What a variable brings in is never a wildcard.
func (v value) in(ctx Context) (pattern, bool) {
	if v.pieces == nil {
		return v.pattern, true
	}
	var out pattern
	for _, p := range v.pieces {
		if p.key != "" {
			text, ok := p.resolve(ctx)
			if !ok {
				return pattern{}, false
			}
			p.pattern = pattern{text, literally(text)}
		}
		out.text += p.text
		out.glob = append(out.glob, p.glob...)
	}
	return out, true
}

func (p piece) resolve(ctx Context) (string, bool) {
	values := ctx(p.key)
	if len(values) == 1 && !slices.Contains(manyValued, p.key) {
		return values[0], true
	}
	return p.otherwise, p.hasDefault && len(values) == 0
}
