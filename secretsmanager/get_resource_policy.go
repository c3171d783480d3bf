package secretsmanager

import (
	"github.com/alberti-dev/alberti/store"
)

// GetResourcePolicyOutput is the policy as it was given, absent when there is
// none (secrets-manager.md, 2.13).
type GetResourcePolicyOutput struct {
	ARN            string `json:"ARN"`
	Name           string `json:"Name"`
	ResourcePolicy string `json:"ResourcePolicy,omitempty"`
}

func (s *Service) getResourcePolicy(c *call, in *SecretIDInput) (out *GetResourcePolicyOutput, err error) {
	err = s.Store.View(c.Ctx, func(tx *store.Tx) error {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return err
		}
		out = &GetResourcePolicyOutput{ARN: sec.ARN.String(), Name: sec.Name(), ResourcePolicy: sec.Policy}
		return nil
	})
	return out, err
}
