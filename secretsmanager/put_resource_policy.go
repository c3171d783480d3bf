package secretsmanager

import (
	"errors"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// PutResourcePolicyInput attaches a policy to a secret, in the place of the one
// that it has (secrets-manager.md, 2.13).
type PutResourcePolicyInput struct {
	SecretID          *string `json:"SecretId"`
	ResourcePolicy    *string `json:"ResourcePolicy"`
	BlockPublicPolicy *bool   `json:"BlockPublicPolicy"`
}

func (s *Service) putResourcePolicy(c *call, in *PutResourcePolicyInput) (*named, error) {
	return door.Update(c, func(tx *store.Tx) (*named, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		document, err := readPolicy(*in.ResourcePolicy)
		if err != nil {
			return nil, err
		}
		if in.BlockPublicPolicy != nil && *in.BlockPublicPolicy && document.Broad() {
			return nil, fault.New(fault.PublicPolicy, broadPolicy)
		}
		if c.lockedOut(document, targetOf(idOf(sec), sec, *in.SecretID)) {
			return nil, fault.New(fault.InvalidRequest, lockOut)
		}
		sec.Policy = *in.ResourcePolicy
		sec.Touch(tx.Now())
		return nameOf(sec), tx.PutSecret(sec)
	})
}

const (
	broadPolicy = "You can't attach a resource-based policy that allows broad access to the secret."
	lockOut     = "Your requested changes will not allow you to manage this secret in the future."
)

// readPolicy reads a policy that is to be attached, or says what is wrong in
// AWS's words.
func readPolicy(text string) (*policy.Document, error) {
	document, err := policy.Parse(text, policy.Resource)
	var wrong *policy.Error
	if !errors.As(err, &wrong) {
		return document, err
	}
	what := "a syntax error"
	switch wrong.Problem {
	case policy.UnsupportedPrincipal:
		what = "an unsupported principal"
	case policy.UnsupportedService:
		what = "an unsupported service principal"
	}
	return nil, fault.Wrap(fault.MalformedPolicy, err, "This resource policy contains %s.", what)
}

// lockedOut tells whether the caller could not attach another policy after this
// one. The root user is held to it too, although it could.
func (c *call) lockedOut(document *policy.Document, t target) bool {
	return c.mayUnder(document, "secretsmanager:PutResourcePolicy", t) != nil
}
