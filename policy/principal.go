package policy

import (
	"regexp"
	"slices"
	"strings"
)

// PrincipalType is what kind of principal asks, spelt as in aws:PrincipalType.
type PrincipalType string

// The types. Service and Federated are no principals of an account: their ARN
// is the name of a service, or the provider that vouches for somebody.
const (
	Account       PrincipalType = "Account" // the root user
	User          PrincipalType = "User"
	AssumedRole   PrincipalType = "AssumedRole"
	FederatedUser PrincipalType = "FederatedUser"
	Anonymous     PrincipalType = "Anonymous"
	Service       PrincipalType = "Service"
	Federated     PrincipalType = "Federated"
)

// Principal is who asks.
type Principal struct {
	Type    PrincipalType
	Account string
	ARN     string // of the user, of the session, or of the account's root
	Issuer  string // of a session: the ARN of its role, or of the user of a federated user
}

// principals are what Principal or NotPrincipal name.
type principals struct {
	not      bool
	everyone bool
	arns     []string // an account stands as its root's
	services []string
	provider []string
}

// grant is how close a statement comes to naming who asks. What a resource
// policy grants escapes other policies accordingly (iam-kms.md, 2).
type grant int

const (
	none     grant = iota
	account        // only to its account, which decides by its identity policies
	issuer         // to the role or user behind the session
	itself         // to the user or session
	everyone       // to anybody
)

var (
	accountID     = regexp.MustCompile(`^\d{12}$`)
	principalARN  = regexp.MustCompile(`^arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)/[^*?\s]+)|sts::\d{12}:(assumed-role/[^*?/\s]+/[^*?/\s]+|federated-user/[^*?/\s]+))$`)
	serviceDomain = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)
)

func (p *parser) principals(n node) (*principals, error) {
	found, not, err := n.pick("Principal", "NotPrincipal")
	switch {
	case err != nil:
		return nil, err
	case p.kind == Identity && found.kind != 0:
		return nil, syntax("Policy document should not specify a principal.")
	case p.kind == Identity:
		return nil, nil
	case found.kind == 0 || not && p.kind == Trust:
		return nil, syntax(syntaxErrors)
	}
	out := &principals{not: not}
	if found.kind == '"' && found.text == "*" {
		out.everyone = true
		return out, nil
	}
	if found.kind != '{' {
		return nil, syntax(syntaxErrors)
	}
	for i, kind := range found.names {
		texts, err := found.items[i].texts()
		if err != nil {
			return nil, err
		}
		if err := out.add(kind, texts, p.kind); err != nil {
			return nil, err
		}
	}
	if !out.everyone && len(out.arns)+len(out.services)+len(out.provider) == 0 {
		return nil, &Error{UnsupportedPrincipal, "Invalid principal in policy: The passed in policy has a statement with no principals!"}
	}
	return out, nil
}

func (out *principals) add(kind string, texts []string, of Kind) error {
	for _, text := range texts {
		switch {
		case kind == "AWS" && text == "*":
			out.everyone = true
		case kind == "AWS" && accountID.MatchString(text):
			out.arns = append(out.arns, rootOf(text))
		case kind == "AWS" && principalARN.MatchString(text):
			out.arns = append(out.arns, text)
		case kind == "Service" && serviceDomain.MatchString(text):
			out.services = append(out.services, text)
		case kind == "Service":
			return &Error{UnsupportedService, `Invalid principal in policy: "SERVICE":"` + text + `"`}
		case kind == "Federated" && of == Trust && text != "" && !strings.ContainsAny(text, "*?"):
			out.provider = append(out.provider, text)
		case kind == "AWS" || kind == "Federated" || kind == "CanonicalUser":
			return &Error{UnsupportedPrincipal, `Invalid principal in policy: "` + kind + `":"` + text + `"`}
		default:
			return syntax(syntaxErrors)
		}
	}
	return nil
}

func rootOf(account string) string { return "arn:aws:iam::" + account + ":root" }

// allow tells what an Allow with these principals grants to one.
func (w *principals) allow(p Principal) grant {
	if w == nil {
		return none // a policy that names nobody is for who it is attached to, and lets nobody else in
	}
	found := w.names(p)
	switch {
	case !w.not:
		return found
	case found == none:
		return everyone
	}
	return none
}

// deny tells whether a Deny with these principals is meant for one. NotPrincipal
// spares only who is listed in full: a session with its role and its account.
func (w *principals) deny(p Principal) bool {
	switch {
	case w == nil:
		return true
	case !w.not:
		return w.names(p) != none
	case w.everyone:
		return false
	case p.Account == "":
		return w.names(p) == none
	}
	return !slices.Contains(w.arns, p.ARN) || !slices.Contains(w.arns, rootOf(p.Account)) ||
		p.Issuer != "" && !slices.Contains(w.arns, p.Issuer)
}

// names finds the closest of the names for a principal.
func (w *principals) names(p Principal) grant {
	switch {
	case w.everyone:
		return everyone
	case p.Type == Anonymous:
		return none
	case p.Type == Service && slices.Contains(w.services, p.ARN),
		p.Type == Federated && slices.Contains(w.provider, p.ARN),
		p.Account != "" && slices.Contains(w.arns, p.ARN):
		return itself
	case p.Issuer != "" && slices.Contains(w.arns, p.Issuer):
		return issuer
	case p.Account != "" && slices.Contains(w.arns, rootOf(p.Account)):
		return account
	}
	return none
}
