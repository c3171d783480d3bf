package identity

import (
	"strings"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/iam"
)

// target is what an operation is asked about, with what policies may ask of it.
type target struct {
	arn  string // "*" for operations that name nothing
	kind string // as the trail names it, "" for nothing named
	tags []iam.Tag
	// The condition keys of the request, where it has them.
	requestTags []iam.Tag
	tagKeys     []string
	policy      string // iam:PolicyARN
	boundary    string // iam:PermissionsBoundary
}

const (
	aRole   = "AWS::IAM::Role"
	aPolicy = "AWS::IAM::Policy"
)

// roleTarget is a role, or the place where one of the name would be. What is not
// there is not told before the caller is allowed to ask.
func roleTarget(account, name string, found *iam.Role) target {
	if found == nil {
		return target{arn: iam.EntityARN(account, "role", "/", name), kind: aRole}
	}
	return target{arn: found.ARN(), kind: aRole, tags: found.Tags}
}

// authorize asks whether the caller may do what it asks for (iam-kms.md, 2).
func (c *call) authorize(t target) error {
	shown := t.arn
	if shown == "*" {
		shown = ""
	}
	if !c.Caller.Unbounded(c.Caller.Account) {
		err := c.Caller.Authorize(iam.Ask{
			Action: c.Op.Action, Resource: t.arn, Account: c.Caller.Account, Shown: shown,
			Context: func(key string) []string { return c.conditionKey(key, t) },
		})
		if err != nil {
			return err
		}
	}
	c.Allow(audit.Resource{ARN: t.arn, AccountID: c.Caller.Account, Type: t.kind})
	return nil
}

// conditionKey gives the values of a key in lower case, nil where there are none.
func (c *call) conditionKey(key string, t target) []string {
	if values := c.ConditionKey(key, c.Caller.Account); values != nil {
		return values
	}
	switch key {
	case "aws:tagkeys":
		return t.tagKeys
	case "iam:policyarn":
		return iam.Given(t.policy)
	case "iam:permissionsboundary":
		return iam.Given(t.boundary)
	}
	for _, prefix := range []string{"aws:resourcetag/", "iam:resourcetag/"} {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			return tagged(t.tags, name)
		}
	}
	if name, ok := strings.CutPrefix(key, "aws:requesttag/"); ok {
		return tagged(t.requestTags, name)
	}
	return nil
}

// tagged is the value of a tag, whose key is compared in any case.
func tagged(tags []iam.Tag, key string) []string {
	for _, t := range tags {
		if strings.EqualFold(t.Key, key) {
			return []string{t.Value}
		}
	}
	return nil
}
