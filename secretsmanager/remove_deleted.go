package secretsmanager

import (
	"context"
	"time"

	"github.com/alberti-dev/alberti/store"
)

// removedAtOnce bounds how long one commit of removals keeps others waiting: a
// secret has up to 100 versions, each with its event.
const removedAtOnce = 20

// RemoveDeleted removes the secrets whose recovery window is over, with their
// versions and history, and tells when the next window ends: zero for none. The
// events are committed with the removals. Several servers share the work.
func (s *Service) RemoveDeleted(ctx context.Context) (next time.Time, err error) {
	for {
		var due bool
		err = s.Store.View(ctx, func(tx *store.Tx) error {
			next, err = tx.NextDeletion()
			due = !next.IsZero() && !next.After(tx.Now())
			return err
		})
		if err != nil || !due {
			return next, err
		}
		removed, err := s.removeSome(ctx)
		if err != nil || removed == 0 { // zero: another server is at it
			return next, err
		}
		s.Committed()
	}
}

func (s *Service) removeSome(ctx context.Context) (removed int, err error) {
	if err := s.Trail.Ready(); err != nil {
		return 0, err
	}
	var gone []string
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		keys, err := tx.DueDeletions(removedAtOnce)
		if err != nil {
			return err
		}
		for _, key := range keys {
			sec, err := tx.SecretByKey(key)
			if err != nil {
				return err
			}
			if sec == nil || !sec.Removable(tx.Now()) {
				continue
			}
			if err := deleteAtOnce(tx, sec); err != nil {
				return err
			}
			gone = append(gone, sec.ARN.String())
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	for _, arn := range gone {
		s.Forget(arn)
	}
	return len(gone), nil
}
