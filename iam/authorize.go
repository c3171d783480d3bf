package iam

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/policy"
)

// Ask is what a caller wants leave for.
type Ask struct {
	Action   string
	Resource string           // an ARN, "*" for an operation without a resource
	Account  string           // of the resource
	Shown    string           // what a refusal calls the resource, "" to leave it out
	Policy   *policy.Document // the resource's own, nil for none
	// Decides is for roles: their own policy, who may assume them, must allow what
	// is asked, or leave it to the policies of the account (iam-kms.md, 2).
	Decides bool
	// Context has the condition keys of the request and the resource; those of
	// the caller are added here.
	Context policy.Context
}

// Unbounded tells whether the caller may do everything in an account that no
// resource policy denies, so that there is nothing to ask: the root user.
func (c Caller) Unbounded(account string) bool { return c.Type == Root && c.Account == account }

// May tells whether the policies that have a say allow something.
func (c Caller) May(a Ask) bool { return c.ask(a).Allowed }

// Authorize refuses what the policies that have a say do not allow, in AWS's
// words (secrets-manager.md, 1.5).
func (c Caller) Authorize(a Ask) error {
	v := c.ask(a)
	if v.Allowed {
		return nil
	}
	on, why := "", " because no "+string(v.By)+" allows the "+a.Action+" action"
	if a.Shown != "" {
		on = " on resource: " + a.Shown
	}
	if v.Explicit {
		why = " with an explicit deny in " + article(v.By) + string(v.By)
	}
	return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: %s%s%s", c.ARN, a.Action, on, why)
}

func article(s policy.Source) string {
	if s == policy.IdentityBased {
		return "an "
	}
	return "a "
}

func (c Caller) ask(a Ask) policy.Verdict {
	return policy.Evaluate(policy.Request{
		Principal: policy.Principal{Type: c.principalType(), Account: c.Account, ARN: c.ARN, Issuer: c.Issuer},
		Action:    a.Action, Resource: a.Resource, ResourceAccount: a.Account,
		Context: func(key string) []string {
			if values := c.conditionKey(key); values != nil || a.Context == nil {
				return values
			}
			return a.Context(key)
		},
	}, policy.Policies{Identity: c.Policies, Resource: a.Policy, Boundary: c.Boundary, Session: c.SessionPolicies, ResourceDecides: a.Decides})
}
