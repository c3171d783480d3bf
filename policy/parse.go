package policy

import (
	"regexp"
	"slices"
)

// Parse reads a document of a kind (iam-kms.md, 1.1). Its errors are of type
// *Error. How long a document may be is left to whoever keeps it.
func Parse(text string, kind Kind) (*Document, error) {
	root, err := readJSON(text)
	if err != nil {
		return nil, syntax("This policy contains invalid Json")
	}
	if err := root.only("Version", "Id", "Statement"); err != nil {
		return nil, err
	}
	p := parser{kind: kind}
	if err := p.readHead(root); err != nil {
		return nil, err
	}
	d := &Document{modern: p.modern}
	for _, n := range root.member("Statement").list() {
		s, err := p.statement(n)
		if err != nil {
			return nil, err
		}
		d.statements = append(d.statements, s)
	}
	if d.statements == nil {
		return nil, syntax(syntaxErrors)
	}
	return d, nil
}

type parser struct {
	kind   Kind
	modern bool // Version 2012-10-17: there are variables
	sids   []string
}

func (p *parser) readHead(root node) error {
	switch version := root.member("Version"); {
	case version.kind == 0 || version.kind == '"' && version.text == "2008-10-17":
	case version.kind == '"' && version.text == "2012-10-17":
		p.modern = true
	default:
		return syntax(syntaxErrors)
	}
	if id := root.member("Id"); id.kind != 0 && (id.kind != '"' || p.kind == Identity) {
		return syntax(syntaxErrors)
	}
	return nil
}

func (p *parser) statement(n node) (s statement, err error) {
	if err := n.only("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition"); err != nil {
		return s, err
	}
	if err := p.sid(n.member("Sid")); err != nil {
		return s, err
	}
	effect := n.member("Effect")
	if s.effect = Effect(effect.text); effect.kind != '"' || s.effect != Allow && s.effect != Deny {
		return s, syntax(syntaxErrors)
	}
	if s.actions, err = parseActions(n); err != nil {
		return s, err
	}
	if s.resources, err = p.resources(n); err != nil {
		return s, err
	}
	if s.conditions, err = p.conditions(n.member("Condition")); err != nil {
		return s, err
	}
	s.who, err = p.principals(n)
	return s, err
}

var plainSid = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// sid checks a statement's name. The policies of services may hold more than
// letters and digits there.
func (p *parser) sid(n node) error {
	switch {
	case n.kind == 0:
		return nil
	case n.kind != '"' || p.kind != Resource && !plainSid.MatchString(n.text):
		return syntax(syntaxErrors)
	case n.text != "" && slices.Contains(p.sids, n.text):
		return syntax("Statement IDs (SID) in a single policy must be unique.")
	}
	p.sids = append(p.sids, n.text)
	return nil
}
