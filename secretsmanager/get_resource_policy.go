package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// GetResourcePolicyOutput is the policy as it was given, absent when there is
// none (secrets-manager.md, 2.13).
type GetResourcePolicyOutput struct {
	ARN            string `json:"ARN"`
	Name           string `json:"Name"`
	ResourcePolicy string `json:"ResourcePolicy,omitempty"`
}

func (s *Service) getResourcePolicy(c *call, in *SecretIDInput) (*GetResourcePolicyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*GetResourcePolicyOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		return &GetResourcePolicyOutput{ARN: sec.ARN.String(), Name: sec.Name(), ResourcePolicy: sec.Policy}, nil
	})
}
