package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// ValidateResourcePolicyInput asks what PutResourcePolicy would say, of a
// certain secret or of none (secrets-manager.md, 2.13).
type ValidateResourcePolicyInput struct {
	SecretID       *string `json:"SecretId"`
	ResourcePolicy *string `json:"ResourcePolicy"`
}

// ValidateResourcePolicyOutput is the result, with an entry for each check that
// failed.
type ValidateResourcePolicyOutput struct {
	PolicyValidationPassed bool              `json:"PolicyValidationPassed"`
	ValidationErrors       []ValidationError `json:"ValidationErrors"`
}

// ValidationError is a check that failed.
type ValidationError struct {
	CheckName    string `json:"CheckName"`
	ErrorMessage string `json:"ErrorMessage"`
}

// The checks. AWS documents what they are and not their names.
const (
	checkBroad   = "REFLEXIVE_PRINCIPAL_CHECK"
	checkLockOut = "LOCK_OUT_CHECK"
)

func (s *Service) validateResourcePolicy(c *call, in *ValidateResourcePolicyInput) (*ValidateResourcePolicyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ValidateResourcePolicyOutput, error) {
		about, err := s.openToValidate(tx, c, in.SecretID)
		if err != nil {
			return nil, err
		}
		document, err := readPolicy(*in.ResourcePolicy)
		if err != nil {
			return nil, err
		}
		return c.validate(document, about), nil
	})
}

// openToValidate wants the permission to attach policies, too (6.1).
func (s *Service) openToValidate(tx *store.Tx, c *call, secretID *string) (target, error) {
	about := nothingNamed(c.Caller.Account)
	if secretID == nil {
		if err := c.authorizeAll(); err != nil {
			return about, err
		}
	} else {
		sec, err := s.openLive(tx, c, *secretID)
		if err != nil {
			return about, err
		}
		about = targetOf(idOf(sec), sec, *secretID)
	}
	return about, c.may("secretsmanager:PutResourcePolicy", about)
}

func (c *call) validate(document *policy.Document, about target) *ValidateResourcePolicyOutput {
	out := &ValidateResourcePolicyOutput{ValidationErrors: []ValidationError{}}
	if document.Broad() {
		out.ValidationErrors = append(out.ValidationErrors, ValidationError{checkBroad,
			"This resource policy grants broad access to your secret."})
	}
	if c.lockedOut(document, about) {
		out.ValidationErrors = append(out.ValidationErrors, ValidationError{checkLockOut, lockOut})
	}
	out.PolicyValidationPassed = len(out.ValidationErrors) == 0
	return out
}
