package policy

import (
	"slices"
	"strings"
)

// Request is what is asked of policies.
type Request struct {
	Principal       Principal
	Action          string // service:Name
	Resource        string // an ARN, "*" for an action without a resource
	ResourceAccount string
	Context         Context
}

// Policies are all that have a say about a request.
type Policies struct {
	Identity []*Document
	Resource *Document   // nil: none
	Boundary *Document   // nil: none
	Session  []*Document // of a session that was given any; together they allow what one of them allows
	// ResourceDecides is for keys and roles, whose own policy must allow, or
	// leave it to the identity policies of the account (iam-kms.md, 2, Exceptions).
	ResourceDecides bool
}

// Source is a kind of policy, as refusals call it.
type Source string

// The sources.
const (
	IdentityBased       Source = "identity-based policy"
	ResourceBased       Source = "resource-based policy"
	PermissionsBoundary Source = "permissions boundary"
	SessionPolicy       Source = "session policy"
)

// Verdict is what policies say. By is the kind of policy that refused: by a
// Deny if Explicit, else by not allowing.
type Verdict struct {
	Allowed  bool
	Explicit bool
	By       Source
}

// Evaluate asks policies about a request (iam-kms.md, 2). In an account of its
// own the root user needs no identity policies, and nothing caps it but a Deny
// in a resource policy.
func Evaluate(r Request, on Policies) Verdict {
	r.Action = strings.ToLower(r.Action)
	if r.Context == nil {
		r.Context = func(string) []string { return nil }
	}
	if by, denied := on.deny(r); denied {
		return Verdict{Explicit: true, By: by}
	}
	granted := on.granted(r)
	if p := r.Principal; p.Account == "" || p.Account != r.ResourceAccount {
		return on.fromOutside(r, granted)
	}
	root := r.Principal.Type == Account
	switch {
	case granted >= itself:
		return Verdict{Allowed: true}
	case on.ResourceDecides && granted == none:
		return Verdict{By: ResourceBased}
	case root, granted == issuer:
		return on.capped(r)
	}
	return on.identity(r)
}

// fromOutside is for principals of other accounts, and of none: the resource's
// own policy must let them in.
func (on Policies) fromOutside(r Request, granted grant) Verdict {
	switch {
	case r.Principal.Account == "":
		if granted >= itself {
			return Verdict{Allowed: true}
		}
		return Verdict{By: ResourceBased}
	case granted == none:
		return Verdict{By: ResourceBased}
	case r.Principal.Type == Account:
		return Verdict{Allowed: true}
	}
	return on.identity(r)
}

// identity wants what the identity policies allow and nothing caps.
func (on Policies) identity(r Request) Verdict {
	if !anyAllows(on.Identity, r) {
		return Verdict{By: IdentityBased}
	}
	return on.capped(r)
}

// capped lets through what the boundary and the session policies let through.
func (on Policies) capped(r Request) Verdict {
	federated := r.Principal.Type == FederatedUser // who may nothing without a session policy
	switch {
	case r.Principal.Type == Account:
	case on.Boundary != nil && !on.Boundary.allows(r):
		return Verdict{By: PermissionsBoundary}
	case (federated || len(on.Session) > 0) && !anyAllows(on.Session, r):
		return Verdict{By: SessionPolicy}
	}
	return Verdict{Allowed: true}
}

// deny finds the first kind of policy with a Deny that matches.
func (on Policies) deny(r Request) (Source, bool) {
	switch {
	case slices.ContainsFunc(on.Identity, r.deniedBy):
		return IdentityBased, true
	case on.Resource != nil && r.deniedBy(on.Resource):
		return ResourceBased, true
	case on.Boundary != nil && r.deniedBy(on.Boundary):
		return PermissionsBoundary, true
	}
	return SessionPolicy, slices.ContainsFunc(on.Session, r.deniedBy)
}

// granted is the most that the resource's own policy grants.
func (on Policies) granted(r Request) grant {
	out := none
	if on.Resource == nil {
		return out
	}
	for _, s := range on.Resource.statements {
		if s.effect != Allow {
			continue
		}
		if g := s.who.allow(r.Principal); g > out && s.covers(r) {
			out = g
		}
	}
	return out
}

func (r Request) deniedBy(d *Document) bool {
	return slices.ContainsFunc(d.statements, func(s statement) bool {
		return s.effect == Deny && s.who.deny(r.Principal) && s.covers(r)
	})
}

func anyAllows(documents []*Document, r Request) bool {
	return slices.ContainsFunc(documents, func(d *Document) bool { return d.allows(r) })
}

// allows is for policies that are attached to whom they are about.
func (d *Document) allows(r Request) bool {
	return slices.ContainsFunc(d.statements, func(s statement) bool { return s.effect == Allow && s.covers(r) })
}

// covers tells whether a statement is about a request, whoever makes it.
func (s statement) covers(r Request) bool {
	return s.actions.cover(r.Action) && s.resources.cover(r.Resource, r.Context) &&
		!slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(r.Context) })
}
