package secretsmanager

import (
	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
)

// authorize asks whether the caller may do what it asks for to a secret.
func (c *call) authorize(t target) error {
	if err := c.may(c.Op.Action, t); err != nil {
		return err
	}
	about := audit.Resource{ARN: t.arn, AccountID: t.account}
	if t.isSecret() {
		about.Type = "AWS::SecretsManager::Secret"
	}
	c.Allow(about)
	return nil
}

// authorizeAll is for operations that name no secret.
func (c *call) authorizeAll() error { return c.authorize(nothingNamed(c.Caller.Account)) }

// may asks the policies that have a say about an action.
//
// The root user can always see, replace and remove the resource policies of its
// account, whatever they deny: there is no support desk that could.
func (c *call) may(action string, t target) error {
	if t.policy == "" || c.Caller.Unbounded(t.account) && managesPolicy(action) {
		return c.mayUnder(nil, action, t)
	}
	own, err := c.service.policies.Read(t.policy, policy.Resource)
	if err != nil {
		return err
	}
	return c.mayUnder(own, action, t)
}

func managesPolicy(action string) bool {
	switch action {
	case "secretsmanager:GetResourcePolicy", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteResourcePolicy":
		return true
	}
	return false
}

// mayUnder is may for a secret with this resource policy, nil for none.
func (c *call) mayUnder(own *policy.Document, action string, t target) error {
	if own == nil && c.Caller.Unbounded(t.account) {
		return nil // before anything is made that a policy could ask for
	}
	return c.Caller.Authorize(iam.Ask{
		Action: action, Resource: t.arn, Account: t.account, Shown: t.shown, Policy: own,
		Context: func(key string) []string { return c.conditionKey(key, t) },
	})
}
