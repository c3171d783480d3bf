package rotation

import (
	"context"
	"errors"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// held moves an attempt that must not be made now to a later time, and gives the
// rotation back. What cannot be found out is not begun: the lease runs out, and
// another attempt comes.
func (r *Runner) held(ctx context.Context, job *secret.Job) bool {
	lease, held := job.Lease, false
	err := r.Store.View(ctx, func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(job.SecretKey)
		if err != nil || sec == nil {
			return err // the steps find that the secret is gone
		}
		touched, err := tx.Touched(job)
		if err != nil {
			return err
		}
		freezes, err := tx.FreezesOf(sec)
		if err != nil {
			return err
		}
		held, err = sec.HoldAttempt(job, touched, freezes, tx.Now())
		return err
	})
	if err == nil && held {
		err = r.Store.Update(ctx, func(tx *store.Tx) error { return tx.SaveJob(job, lease) })
	}
	if err != nil && !errors.Is(err, store.ErrLeaseLost) {
		r.Log.Error("rotation interrupted", "rotation", job.ID, "error", err)
	}
	if held {
		r.Log.Info("rotation waits", "rotation", job.ID, "next_attempt", job.NextAttempt)
	}
	return held || err != nil
}
