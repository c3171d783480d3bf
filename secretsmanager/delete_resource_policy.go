package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// deleteResourcePolicy succeeds without a policy too (secrets-manager.md, 2.13).
func (s *Service) deleteResourcePolicy(c *call, in *SecretIDInput) (*named, error) {
	return door.Update(c, func(tx *store.Tx) (*named, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if sec.Policy == "" {
			return nameOf(sec), nil
		}
		sec.Policy = ""
		sec.Touch(tx.Now())
		return nameOf(sec), tx.PutSecret(sec)
	})
}
