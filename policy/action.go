package policy

import (
	"regexp"
	"slices"
	"strings"
)

// actions are the patterns of Action or NotAction, in lower case.
type actions struct {
	not      bool
	patterns []glob
}

var (
	vendor     = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
	actionName = regexp.MustCompile(`^[A-Za-z0-9*?]+$`)
)

func parseActions(n node) (out actions, err error) {
	list, not, err := n.pick("Action", "NotAction")
	if err != nil {
		return out, err
	}
	if list.kind == 0 || list.kind == '[' && len(list.items) == 0 {
		return out, syntax("Policy statement must contain actions.")
	}
	texts, err := list.texts()
	if err != nil {
		return out, err
	}
	out.not = not
	for _, text := range texts {
		if err := checkAction(text); err != nil {
			return out, err
		}
		out.patterns = append(out.patterns, globOf(strings.ToLower(text)))
	}
	return out, nil
}

func checkAction(text string) error {
	prefix, name, colon := strings.Cut(text, ":")
	switch {
	case text == "*":
		return nil
	case !colon:
		return syntax("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
	case strings.Contains(name, ":"):
		return syntax("Actions/Condition can contain only one colon.")
	case !vendor.MatchString(prefix):
		return syntax("Vendor " + prefix + " is not valid")
	case !actionName.MatchString(name):
		return syntax(syntaxErrors)
	}
	return nil
}

// cover tells whether an action, in lower case, is one of them.
func (a actions) cover(action string) bool {
	return a.not != slices.ContainsFunc(a.patterns, func(g glob) bool { return g.matches(action) })
}
