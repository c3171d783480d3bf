package identity

import "github.com/alberti-dev/alberti/audit"

type callerIdentityOutput struct {
	UserID  string `json:"UserId"`
	Account string `json:"Account"`
	ARN     string `json:"Arn"`
}

type callerIdentityInput struct{}

// getCallerIdentity says who calls. No policy is asked, not even one that denies
// it (iam-kms.md, 2).
func (s *Service) getCallerIdentity(c *call, _ *callerIdentityInput) (*callerIdentityOutput, error) {
	c.Allow(audit.Resource{})
	return &callerIdentityOutput{c.Caller.PrincipalID, c.Caller.Account, c.Caller.ARN}, nil
}
