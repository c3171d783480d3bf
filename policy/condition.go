package policy

import (
	"slices"
	"strings"
)

// condition is one key under one operator. All conditions of a statement must
// hold (iam-kms.md, 1.5).
type condition struct {
	key      string // in lower case
	operator *operator
	set      set
	ifExists bool
	values   []value
}

// set says how a key with many values is looked at.
type set int

const (
	asIs   set = iota
	forAll     // every value of the request must do
	forAny     // one must
)

func (p *parser) conditions(n node) (out []condition, err error) {
	if n.kind == 0 {
		return nil, nil
	}
	if n.kind != '{' {
		return nil, syntax(syntaxErrors)
	}
	for i, name := range n.names {
		c, err := parseOperator(name)
		if err != nil {
			return nil, err
		}
		keys := n.items[i]
		if keys.kind != '{' {
			return nil, syntax(syntaxErrors)
		}
		for j, key := range keys.names {
			c.key = strings.ToLower(key)
			if c.values, err = p.conditionValues(keys.items[j], c.operator); err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseOperator(name string) (c condition, err error) {
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		c.set, name = forAll, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		c.set, name = forAny, rest
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	c.operator = operators[name]
	if c.operator == nil || c.operator == null && (c.ifExists || c.set != asIs) {
		return c, syntax(syntaxErrors)
	}
	return c, nil
}

func (p *parser) conditionValues(n node, o *operator) (out []value, err error) {
	texts, err := n.scalars(`"0tf`)
	if err != nil {
		return nil, err
	}
	for _, text := range texts {
		v := plain(text)
		if o.variables {
			if v, err = p.value(text); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// holds tells whether the condition is met. With a variable without a value it
// is not, and the statement says nothing.
func (c condition) holds(ctx Context) bool {
	wanted := make([]pattern, len(c.values))
	for i, v := range c.values {
		var ok bool
		if wanted[i], ok = v.in(ctx); !ok {
			return false
		}
	}
	got := ctx(c.key)
	if c.operator == null {
		return slices.ContainsFunc(wanted, func(w pattern) bool { return isNull(w.text, got) })
	}
	if c.set != asIs && empty(got) {
		got = nil
	}
	if len(got) == 0 {
		return c.withoutKey()
	}
	does := func(value string) bool { return c.operator.negated != c.oneOf(wanted, value) }
	if c.set == forAll || c.set == asIs && c.operator.negated {
		return !slices.ContainsFunc(got, func(value string) bool { return !does(value) })
	}
	return slices.ContainsFunc(got, does)
}

// withoutKey is what the condition says of a request that lacks the key.
func (c condition) withoutKey() bool {
	switch {
	case c.ifExists, c.set == forAll:
		return true
	case c.set == forAny:
		return false
	}
	return c.operator.negated
}

func (c condition) oneOf(wanted []pattern, value string) bool {
	return slices.ContainsFunc(wanted, func(w pattern) bool { return c.operator.match(w, value) })
}

// empty tells of no values; one empty string counts as none.
func empty(values []string) bool {
	return len(values) == 0 || len(values) == 1 && values[0] == ""
}

func isNull(wanted string, got []string) bool {
	switch strings.ToLower(wanted) {
	case "true":
		return empty(got)
	case "false":
		return !empty(got)
	}
	return false
}
