package secretsmanager

import (
	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// restoreSecret takes a deletion back; on a live secret it does nothing
// (secrets-manager.md, 2.11).
func (s *Service) restoreSecret(c *call, in *SecretIDInput) (*named, error) {
	return door.Update(c, func(tx *store.Tx) (*named, error) {
		sec, err := s.open(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if sec.DeleteAt.IsZero() {
			return nameOf(sec), nil
		}
		if err := sec.Restore(tx.Now()); err != nil {
			return nil, err
		}
		if err := suspendJob(tx, sec, tx.Now()); err != nil {
			return nil, err
		}
		if err := tx.AuditVersions(audit.CancelVersionDelete, sec); err != nil {
			return nil, err
		}
		return nameOf(sec), tx.PutSecret(sec)
	})
}
