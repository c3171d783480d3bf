package secretsmanager

import (
	"cmp"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// open is the way to a secret: it resolves the id, authorises the caller, and
// only then says whether there is such a secret (secrets-manager.md, 1.5 and
// 1.8). It finds secrets that are scheduled for deletion too. Here, and nowhere
// else, a replica refuses what only its primary takes (2.0).
func (s *Service) open(tx *store.Tx, c *call, secretID string) (*secret.Secret, error) {
	id, err := secret.ParseID(secretID, c.Caller.Account, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	found, err := tx.Secret(id)
	if err != nil {
		return nil, err
	}
	if err := c.authorize(targetOf(id, found, secretID)); err != nil {
		return nil, err
	}
	if found == nil {
		return nil, secret.ErrNotFound
	}
	if found.IsReplica() && !c.Op.ReadOnly && !c.Op.Traits.Has(onReplica) {
		return nil, secret.ErrReplica
	}
	return found, s.fence(tx, c, found)
}

// openLive is open for operations that a scheduled deletion forbids.
func (s *Service) openLive(tx *store.Tx, c *call, secretID string) (*secret.Secret, error) {
	found, err := s.open(tx, c, secretID)
	if err != nil {
		return nil, err
	}
	return found, found.Live()
}

// openFree is openLive for changes that the service which owns a secret keeps to
// itself.
func (s *Service) openFree(tx *store.Tx, c *call, secretID string) (*secret.Secret, error) {
	found, err := s.openLive(tx, c, secretID)
	if err != nil {
		return nil, err
	}
	if c.Caller.RotationToken != "" { // the fence has let this rotation pass
		return found, nil
	}
	return found, found.Unmanaged()
}

// fence keeps a rotation function from writing when the rotation that it was
// invoked for has passed to another runner, or was ended. What it writes may be
// another secret than the one that is rotated, where its policies let it.
func (s *Service) fence(tx *store.Tx, c *call, sec *secret.Secret) error {
	if c.Caller.RotationToken == "" || c.Op.ReadOnly {
		return nil
	}
	rotated := sec
	if of := c.Caller.RotationOf; of != "" && of != sec.ARN.String() {
		id, err := secret.ParseID(of, c.Caller.Account, c.Caller.Region)
		if err != nil {
			return err
		}
		if rotated, err = tx.Secret(id); err != nil {
			return err
		}
	}
	holds := false
	if rotated != nil {
		var err error
		if holds, err = tx.HoldsLease(rotated.Key, c.Caller.RotationToken); err != nil {
			return err
		}
	}
	if !holds {
		return fault.Wrap(fault.AccessDenied, store.ErrLeaseLost,
			"The rotation of secret %s that this call belongs to was taken over or ended.", cmp.Or(c.Caller.RotationOf, sec.ARN.String()))
	}
	return nil
}

// idOf names a secret in full.
func idOf(sec *secret.Secret) secret.ID { return secret.ID(sec.ARN) }
