package policy

import "slices"

// pinning keys say who asks, or for whom. One fixed value of any of them keeps
// a grant to everybody from being one (secrets-manager.md, 2.13).
var pinning = []string{
	"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:sourceaccount", "aws:sourcearn",
	"aws:sourceorgid", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
}

// Broad tells whether a resource policy allows something to everybody.
func (d *Document) Broad() bool {
	return slices.ContainsFunc(d.statements, func(s statement) bool {
		return s.effect == Allow && s.who != nil && (s.who.everyone || s.who.not) && !slices.ContainsFunc(s.conditions, condition.pins)
	})
}

// pins tells whether a condition holds for fixed values of a pinning key only.
func (c condition) pins() bool {
	exact := c.operator == operators["StringEquals"] || c.operator == operators["StringEqualsIgnoreCase"]
	pattern := c.operator == operators["StringLike"] || c.operator == operators["ArnLike"] || c.operator == operators["ArnEquals"]
	return (exact || pattern) && !c.ifExists && c.set != forAll && slices.Contains(pinning, c.key) &&
		!slices.ContainsFunc(c.values, func(v value) bool { return v.pieces != nil || pattern && !v.glob.fixed() })
}
