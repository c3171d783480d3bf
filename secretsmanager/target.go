package secretsmanager

import (
	"cmp"
	"strings"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// target is what a call is about, as policies see it: a secret, as far as it is
// known.
type target struct {
	arn, account string
	shown        string         // how a refusal names it
	policy       string         // its resource policy, "" for none
	secret       *secret.Secret // as a transaction reads it, or nil
	found        *store.Found   // as GetSecretValue reads it, or nil
}

// nothingNamed is the target of operations that name no secret.
func nothingNamed(account string) target { return target{arn: "*", account: account} }

// newTarget is a secret that is still to be made.
func newTarget(arn secret.ARN) target {
	return target{arn: arn.String(), account: arn.Account, shown: arn.Name}
}

// targetOf is a secret that was looked for; found is nil when it is not there.
func targetOf(id secret.ID, found *secret.Secret, shown string) target {
	if found == nil {
		return target{arn: id.ARN(), account: id.Account, shown: shown}
	}
	return target{arn: found.ARN.String(), account: id.Account, shown: shown, policy: found.Policy, secret: found}
}

// targetOfValue is targetOf for the read of a value.
func targetOfValue(id secret.ID, found *store.Found, shown string) target {
	if found == nil {
		return target{arn: id.ARN(), account: id.Account, shown: shown}
	}
	return target{arn: found.ARN.String(), account: id.Account, shown: shown, policy: found.Policy, found: found}
}

// isSecret tells a secret from no resource at all, and from a function.
func (t target) isSecret() bool { return strings.HasPrefix(t.arn, "arn:aws:secretsmanager:") }

// ifSecret is a value that only secrets have.
func (t target) ifSecret(value string) []string {
	if !t.isSecret() {
		return nil
	}
	return []string{value}
}

func (t target) functionARN() string {
	switch {
	case t.secret != nil:
		return t.secret.Rotation.FunctionARN
	case t.found != nil:
		return t.found.FunctionARN()
	}
	return ""
}

// primaryRegion is where the secret can be changed, "" while it is not known.
func (t target) primaryRegion() string {
	switch {
	case t.secret != nil:
		return cmp.Or(t.secret.ReplicaOf, t.secret.ARN.Region)
	case t.found != nil:
		return t.found.PrimaryRegion()
	}
	return ""
}

func (t target) tags() []secret.Tag {
	switch {
	case t.secret != nil:
		return t.secret.Tags
	case t.found != nil:
		return t.found.Tags()
	}
	return nil
}
