// Package policy decides whether IAM policies allow an action on a resource.
// An explicit Deny wins, then an Allow; what nothing names is Silent, which the
// caller turns into a refusal (iam-kms.md, 2).
package policy

import "strings"

// Effect is what a statement does to what it matches.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// Statement allows or denies actions on resources. `*` stands for any run of
// characters and `?` for one, in both lists (iam-kms.md, 1.3).
type Statement struct {
	Effect    Effect
	Actions   []string // service:Name, compared without regard to case
	Resources []string // ARNs, compared to the letter
}

// Decision is what policies say together.
type Decision int

// The three decisions.
const (
	Silent Decision = iota
	Allowed
	Denied
)

// Decide evaluates statements for one action on one resource.
func Decide(statements []Statement, action, resource string) Decision {
	out := Silent
	for _, s := range statements {
		if !s.matches(action, resource) {
			continue
		}
		if s.Effect == Deny {
			return Denied
		}
		out = Allowed
	}
	return out
}

func (s Statement) matches(action, resource string) bool {
	return anyMatch(s.Actions, action, true) && anyMatch(s.Resources, resource, false)
}

func anyMatch(patterns []string, s string, fold bool) bool {
	for _, p := range patterns {
		if fold {
			p, s = strings.ToLower(p), strings.ToLower(s)
		}
		if glob(p, s) {
			return true
		}
	}
	return false
}

// glob matches `*` and `?` in one pass, going back to the last star only.
func glob(pattern, s string) bool {
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
