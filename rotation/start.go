package rotation

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// startDue starts rotations whose moment has come: each in a transaction of its
// own, so that one that cannot start holds up no other. It tells whether there
// may be more. Where a whole fleet is due at once, or held by a freeze, workers
// that get idle are seen to after each.
func (r *Runner) startDue(ctx, hard context.Context) (more bool, err error) {
	const batch = 100
	var keys []int64
	err = r.Store.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = tx.DueSecrets(batch)
		return err
	})
	for _, key := range keys {
		if err := r.start(ctx, key); err != nil {
			return false, err
		}
		if err := r.assignAll(ctx, hard); err != nil {
			return false, err
		}
	}
	return len(keys) == batch, err
}

func (r *Runner) start(ctx context.Context, key int64) error {
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(key)
		if err != nil || sec == nil {
			return err
		}
		if due := sec.Rotation.Due; due.IsZero() || due.After(tx.Now()) {
			return nil // another runner was faster
		}
		if waits, err := waits(tx, sec); waits || err != nil {
			return err
		}
		if why, err := unfit(tx, sec); err != nil {
			return err
		} else if why != "" {
			return skip(tx, sec, why)
		}
		token, cause := uuid.NewString(), secret.BySchedule
		if sec.Unsettled() {
			cause = secret.ByRecovery
		}
		if err := sec.StartRotation(token, tx.Now()); err != nil {
			return skip(tx, sec, err.Error())
		}
		if err := tx.PutSecret(sec); err != nil {
			return err
		}
		job := secret.NewJob(sec, token, cause, tx.Now())
		job.Window = sec.Rotation.Window
		if err := tx.PutJob(job); err != nil {
			return err
		}
		return tx.AuditService(audit.RotationStarted, sec, token, "")
	})
	if err == nil {
		r.Committed()
		r.Reached("started")
	}
	return err
}

// waits moves a rotation that cannot start yet and tells whether it did. Nothing
// has failed then, and nothing is said: a freeze is known to whoever made it, and
// a secret without a current value has nothing to rotate.
func waits(tx *store.Tx, sec *secret.Secret) (bool, error) {
	freezes, err := tx.FreezesOf(sec)
	if err != nil {
		return false, err
	}
	until, frozen := sec.FrozenUntil(freezes, tx.Now())
	switch {
	case frozen:
		err = sec.Postpone(until, tx.Now())
	case sec.Holder(secret.Current) == nil:
		err = sec.Skip(tx.Now())
	default:
		return false, nil
	}
	return true, errors.Join(err, tx.PutSecret(sec))
}

// unfit says why a rotation that is due is left for the next window, "" when
// nothing speaks against it.
func unfit(tx *store.Tx, sec *secret.Secret) (string, error) {
	if !sec.Rotation.Window.After(tx.Now()) {
		return "the window closed before the rotation could start", nil
	}
	job, err := tx.UnfinishedJob(sec.Key)
	switch {
	case err != nil || job == nil:
		return "", err
	case job.Waiting():
		return "the rotation before it failed and waits for alberti rotation retry", nil
	}
	return "the rotation before it is not finished", nil
}

// skip moves a rotation to the next window and says so in the trail.
func skip(tx *store.Tx, sec *secret.Secret, why string) error {
	if err := sec.Skip(tx.Now()); err != nil {
		return err
	}
	if err := tx.AuditService(audit.RotationFailed, sec, "", "Not started: "+why); err != nil {
		return err
	}
	return tx.PutSecret(sec)
}
