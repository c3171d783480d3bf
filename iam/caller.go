// Package iam says who is calling. A Caller is made once, when the signature
// has been verified, and is passed on as a parameter, never in a context.
package iam

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/policy"
)

// Type is the kind of principal, spelt as CloudTrail's userIdentity spells it.
type Type string

// The principals there are.
const (
	Root        Type = "Root"
	AssumedRole Type = "AssumedRole"
)

// Caller is an authenticated principal and the region that it calls.
type Caller struct {
	Type        Type
	Account     string
	Region      string
	ARN         string
	PrincipalID string
	AccessKeyID string             // "" for a caller inside the server
	Policies    []policy.Statement // identity policies; root needs none
	// RotationToken ties a rotation function's writes to the attempt that it was
	// invoked for: they fail once another runner holds the rotation.
	RotationToken string
}

// NewRoot is the account's root user, who may do everything in the account
// (iam-kms.md, 2).
func NewRoot(account, region, accessKeyID string) Caller {
	return Caller{
		Type: Root, Account: account, Region: region, AccessKeyID: accessKeyID,
		ARN: "arn:aws:iam::" + account + ":root", PrincipalID: account,
	}
}

// Authorize refuses what the caller's identity policies do not allow. resource
// is "*" for an operation without one; shown is what the refusal calls the
// resource, "" to leave it out (secrets-manager.md, 1.5).
func (c Caller) Authorize(action, account, resource, shown string) error {
	if c.Type == Root && account == c.Account {
		return nil
	}
	decision := policy.Decide(c.Policies, action, resource)
	if decision == policy.Allowed && account == c.Account {
		return nil
	}
	on := ""
	if shown != "" {
		on = " on resource: " + shown
	}
	why := " because no identity-based policy allows the " + action + " action"
	switch {
	case decision == policy.Denied:
		why = " with an explicit deny in an identity-based policy"
	case account != c.Account:
		why = " because no resource-based policy allows the " + action + " action"
	}
	return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: %s%s%s", c.ARN, action, on, why)
}
