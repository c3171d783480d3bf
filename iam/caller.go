// Package iam says who is calling. A Caller is made once, when the signature
// has been verified, and is passed on as a parameter, never in a context.
package iam

import (
	"time"

	"github.com/alberti-dev/alberti/policy"
)

// Type is the kind of principal, spelt as CloudTrail's userIdentity spells it.
type Type string

// The principals there are.
const (
	Root        Type = "Root"
	User        Type = "IAMUser"
	AssumedRole Type = "AssumedRole"
	Service     Type = "AWSService" // which does something for a resource, as Lambda runs a function
)

// Caller is an authenticated principal and the region that it calls.
type Caller struct {
	Type        Type
	Account     string
	Region      string
	ARN         string
	Issuer      string // the ARN of the role whose session this is
	PrincipalID string
	AccessKeyID string            // "" for a caller inside the server
	Tags        map[string]string // of the user, or of the role with those of the session over them
	// Policies are the identity policies; root needs none. Boundary and
	// SessionPolicies, where there are any, cap them.
	Policies        []*policy.Document
	Boundary        *policy.Document
	SessionPolicies []*policy.Document
	Session         *Session // nil for who has keys for good
	// SourceARN and SourceAccount are the resource that a service calls for.
	SourceARN, SourceAccount string
	// RotationToken ties a rotation function's writes to the attempt that it was
	// invoked for: they fail once another runner holds the rotation.
	RotationToken string
	RotationOf    string // the ARN of the secret that the attempt is for
}

// Session is what a session knows of its beginning.
type Session struct {
	Issued         time.Time
	SourceIdentity string   // who is behind it, "" for unknown; it passes on to sessions begun from it
	Transitive     []string // the keys of the tags that pass on likewise
}

// NewService is a service of AWS by its name, as in lambda.amazonaws.com. It is in
// no account.
func NewService(name, region string) Caller { return Caller{Type: Service, Region: region, ARN: name} }

// NewRoot is the account's root user, who may do everything in the account
// (iam-kms.md, 2).
func NewRoot(account, region, accessKeyID string) Caller {
	return Caller{
		Type: Root, Account: account, Region: region, AccessKeyID: accessKeyID,
		ARN: "arn:aws:iam::" + account + ":root", PrincipalID: account,
	}
}

// principalType is what policies call a type.
func (c Caller) principalType() policy.PrincipalType {
	switch c.Type {
	case Root:
		return policy.Account
	case User:
		return policy.User
	case AssumedRole:
		return policy.AssumedRole
	case Service:
		return policy.Service
	}
	return policy.Anonymous
}
