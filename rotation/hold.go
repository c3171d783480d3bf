package rotation

import (
	"context"
	"errors"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// begin makes the attempt of a rotation that was claimed; nil when it is not to
// be made now. One that must wait is moved to a later time and given back. What
// cannot be found out is not begun: the lease runs out, and another attempt comes.
func (r *Runner) begin(ctx context.Context, job *secret.Job) *attempt {
	a := &attempt{Job: job, again: job.Again()}
	a.guard = &guard{runner: r, attempt: a}
	lease, held := job.Lease, false
	err := r.Store.View(ctx, func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(job.SecretKey)
		if err != nil || sec == nil {
			return errors.Join(err, store.ErrLeaseLost) // deleted meanwhile, and the rotation with it
		}
		a.secretARN = sec.ARN.String()
		held, err = hold(tx, sec, job)
		return err
	})
	if err == nil && held {
		err = r.Store.Update(ctx, func(tx *store.Tx) error { return tx.SaveJob(job, lease) })
	}
	switch {
	case errors.Is(err, store.ErrLeaseLost):
		r.Log.Info("rotation passed on", "rotation", job.ID, "step", job.Step)
	case err != nil:
		r.Log.Error("rotation interrupted", "rotation", job.ID, "error", err)
	case held:
		r.Log.Info("rotation waits", "rotation", job.ID, "next_attempt", job.NextAttempt)
	default:
		return a
	}
	return nil
}

// hold moves an attempt that must not be made now, and tells whether it did.
func hold(tx *store.Tx, sec *secret.Secret, job *secret.Job) (bool, error) {
	touched, err := tx.Touched(job)
	if err != nil {
		return false, err
	}
	freezes, err := tx.FreezesOf(sec)
	if err != nil {
		return false, err
	}
	return sec.HoldAttempt(job, touched, freezes, tx.Now())
}
