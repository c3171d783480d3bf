package lambda

import (
	"strings"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// target is what a call is about, as policies see it: a function or a layer, as
// far as it is known.
type target struct {
	arn, account string
	kind         string // as in AWS::Lambda::Function; "" for no resource at all
	tags         map[string]string
	own          *policy.Document // its resource policy, nil for none
}

// nothingNamed is the target of operations that name no function.
func nothingNamed(account string) target { return target{arn: "*", account: account} }

// targetOf is a function, or a version or an alias of it.
func targetOf(r function.Ref) target {
	return target{arn: r.QualifiedARN(), account: r.Account, kind: "AWS::Lambda::Function"}
}

// authorize asks whether the caller may do what it asks for.
func (c *call) authorize(t target) error {
	if err := c.may(c.Op.Action, t); err != nil {
		return err
	}
	c.Allow(audit.Resource{ARN: t.arn, AccountID: t.account, Type: t.kind})
	return nil
}

// may asks the policies that have a say about an action.
func (c *call) may(action string, t target) error {
	if t.own == nil && c.Caller.Unbounded(t.account) {
		return nil // before anything is made that a policy could ask for
	}
	shown := t.arn
	if t.kind == "" {
		shown = ""
	}
	return c.Caller.Authorize(iam.Ask{
		Action: action, Resource: t.arn, Account: t.account, Shown: shown, Policy: t.own,
		Context: func(key string) []string { return c.conditionKey(key, t) },
	})
}

const aRole = "AWS::IAM::Role"

// checkRole refuses a role that Lambda may not assume, or that the caller may not
// give to a function: who gives it can do with it what it may.
func (c *call) checkRole(arn string) error {
	if account := strings.Split(arn, ":"); len(account) > 4 { // the model has checked its form
		if err := c.may("iam:PassRole", target{arn: arn, account: account[4], kind: aRole}); err != nil {
			return err
		}
	}
	return c.service.CanAssume(c.Ctx, c.Caller.Account, arn)
}

// mayRunElsewhere asks for leave to have the server call a place: in AWS it is
// somebody there, and on its network it reaches what the caller may not.
func (c *call) mayRunElsewhere(p function.Place) error {
	if p == "" {
		return nil
	}
	arn := "*" // as far as policies go a URL is no resource
	if p.InAWS() {
		arn = string(p)
	}
	return c.may("alberti:RunElsewhere", target{arn: arn, account: c.Caller.Account})
}

// conditionKey gives the values of a condition key, in lower case, nil where the
// request has none. Those of the caller package iam has, those of every request
// package door.
func (c *call) conditionKey(key string, t target) []string {
	if values := c.ConditionKey(key, t.account); values != nil {
		return values
	}
	switch key {
	case "lambda:functionarn":
		if t.kind == "AWS::Lambda::Function" {
			return []string{t.arn}
		}
	case "iam:passedtoservice":
		if t.kind == aRole {
			return []string{eventSource}
		}
	case "lambda:principal":
		if in, ok := c.In.(interface{ principal() string }); ok {
			return []string{in.principal()}
		}
	case "aws:tagkeys":
		return tagKeys(c.In)
	}
	if name, ok := strings.CutPrefix(key, "aws:requesttag/"); ok {
		return tagged(requestTags(c.In), name)
	}
	if name, ok := strings.CutPrefix(key, "aws:resourcetag/"); ok {
		return tagged(t.tags, name)
	}
	return nil
}

// requestTags are the tags that a request brings.
func requestTags(in any) map[string]string {
	if in, ok := in.(interface{ tags() map[string]string }); ok {
		return in.tags()
	}
	return nil
}

// tagKeys are the tags that a request brings or takes.
func tagKeys(in any) (out []string) {
	if in, ok := in.(interface{ tagKeys() []string }); ok {
		return in.tagKeys()
	}
	for key := range requestTags(in) {
		out = append(out, key)
	}
	return out
}

// tagged is the value of a tag, whose key is compared in any case. Of several
// the first in the alphabet counts, so that an answer does not depend on chance.
func tagged(tags map[string]string, name string) []string {
	first := ""
	for key := range tags {
		if strings.EqualFold(key, name) && (first == "" || key < first) {
			first = key
		}
	}
	if first == "" {
		return nil
	}
	return []string{tags[first]}
}

// policyOf is the resource policy of what a reference names, nil for none.
func (s *Service) policyOf(tx *store.Tx, f *function.Function, qualifier string) (*policy.Document, error) {
	statements, err := tx.PermissionStatements(f, qualifier)
	if err != nil || len(statements) == 0 {
		return nil, err
	}
	return s.policies.Read(PolicyText(statements), policy.Resource)
}

// PolicyText is the policy that statements make (lambda.md, 2.8).
func PolicyText(statements []string) string {
	return `{"Version":"2012-10-17","Id":"default","Statement":[` + strings.Join(statements, ",") + `]}`
}
