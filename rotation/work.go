package rotation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// work runs one attempt of a rotation: its steps in order, each only after the
// one before has succeeded and that has been written down.
func (r *Runner) work(ctx context.Context, job *secret.Job) {
	r.Reached("claimed")
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	renewed := make(chan struct{})
	id, lease := job.ID, job.Lease // the job itself belongs to the steps
	go func() {
		defer close(renewed)
		r.keepLease(ctx, id, lease, lost)
	}()
	defer func() { lost(nil); <-renewed }()

	for job.State == secret.Running {
		done, err := r.step(ctx, job)
		switch {
		case errors.Is(err, store.ErrLeaseLost), errors.Is(context.Cause(ctx), store.ErrLeaseLost):
			r.Log.Info("rotation passed on", "rotation", job.ID, "step", job.Step)
			return
		case err != nil:
			// What could not be written down is done again when the lease runs out.
			r.Log.Error("rotation interrupted", "rotation", job.ID, "step", job.Step, "error", err)
			return
		case done:
			return
		}
	}
}

// keepLease renews the lease until the context ends. When the lease is gone it
// cancels the work: whatever the function does now is no longer this runner's.
func (r *Runner) keepLease(ctx context.Context, id int64, lease string, lost context.CancelCauseFunc) {
	ticker := time.NewTicker(r.Lease / 3)
	defer ticker.Stop()
	deadline := time.AfterFunc(r.Lease, func() { lost(store.ErrLeaseLost) })
	defer deadline.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := r.Store.Update(ctx, func(tx *store.Tx) error { return tx.RenewLease(id, lease, tx.Now().Add(r.Lease)) })
		if errors.Is(err, store.ErrLeaseLost) {
			lost(err)
			return
		}
		if err == nil {
			deadline.Reset(r.Lease)
		}
	}
}

// step runs one step and writes down how it went. It tells whether the attempt
// is over.
func (r *Runner) step(ctx context.Context, job *secret.Job) (done bool, err error) {
	sec, err := r.secretOf(ctx, job)
	if err != nil {
		return true, err
	}
	began, report := r.Store.Now(), &Report{}
	r.Reached(Point("invoke:" + job.Step))
	stepErr := r.invoke(ctx, job, sec, report)
	if cause := context.Cause(ctx); cause != nil {
		return true, cause
	}
	r.Reached(Point("invoked:" + job.Step))
	kept := secret.StepRecord{
		JobID: job.ID, Attempt: job.Attempt, Step: job.Step, Started: began,
		Took: r.Store.Now().Sub(began), Notes: report.Notes,
	}
	if !report.Changed.IsZero() {
		job.Changed = report.Changed
	}
	next, more := job.Step.Next()
	if stepErr == nil && more && !job.Test {
		return false, r.advance(ctx, job, kept, next)
	}
	return true, r.conclude(ctx, job, kept, stepErr)
}

func (r *Runner) secretOf(ctx context.Context, job *secret.Job) (sec *secret.Secret, err error) {
	err = r.Store.View(ctx, func(tx *store.Tx) error {
		if sec, err = tx.SecretByKey(job.SecretKey); err == nil && sec == nil {
			err = store.ErrLeaseLost // deleted meanwhile, and the rotation with it
		}
		return err
	})
	return sec, err
}

// invoke calls the function for one step, for as long as a step may take. A
// panic of the function is its failure.
func (r *Runner) invoke(ctx context.Context, job *secret.Job, sec *secret.Secret, report *Report) (err error) {
	function, ok := r.Function(job.Function)
	if !ok {
		return fmt.Errorf("there is no function %s", job.Function)
	}
	ctx, cancel := context.WithTimeout(ctx, r.Step)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("rotation function panicked", "function", job.Function, "step", job.Step, "stack", string(debug.Stack()))
			err = errors.New("the rotation function panicked")
		}
	}()
	return function.Invoke(ctx, Event{
		SecretID: sec.ARN.String(), Token: job.Token, Step: job.Step, RotationToken: job.Lease, Report: report,
	})
}

// advance writes down that a step succeeded and which comes next.
func (r *Runner) advance(ctx context.Context, job *secret.Job, kept secret.StepRecord, next secret.Step) error {
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		job.Step = next
		if err := tx.PutStep(kept); err != nil {
			return err
		}
		return tx.SaveJob(job, job.Lease)
	})
	if err == nil {
		r.Reached(Point("saved:" + kept.Step))
	}
	return err
}

// conclude ends the attempt: with success when the last step succeeded and the
// label is where it should be, else with a failure.
func (r *Runner) conclude(ctx context.Context, job *secret.Job, kept secret.StepRecord, stepErr error) error {
	lease := job.Lease
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		// The row again, and not the copy at hand: the move of the label left its
		// time there, and a person who asked for another attempt how many count.
		current, err := tx.RunningJob(job.SecretKey)
		if err != nil {
			return err
		}
		if current == nil || current.Lease != lease {
			return store.ErrLeaseLost
		}
		job.Promoted, job.Forgiven = current.Promoted, current.Forgiven
		sec, err := tx.SecretByKey(job.SecretKey)
		if err != nil || sec == nil {
			return errors.Join(err, store.ErrLeaseLost)
		}
		if stepErr == nil && !job.Test {
			stepErr = sec.FinishRotation(job.Token, tx.Now())
		}
		if err := r.outcome(tx, job, sec, &kept, stepErr); err != nil {
			return err
		}
		if err := tx.PutStep(kept); err != nil {
			return err
		}
		if err := tx.SaveJob(job, lease); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
	if err != nil {
		return err
	}
	r.Committed()
	r.Reached("concluded")
	r.tell(job, kept)
	return nil
}

// outcome decides what becomes of the rotation, and records the event.
func (r *Runner) outcome(tx *store.Tx, job *secret.Job, sec *secret.Secret, kept *secret.StepRecord, stepErr error) error {
	name, reason := audit.RotationSucceeded, ""
	if job.Test {
		name = audit.TestRotationSucceeded
		sec.EndTest(job.Token)
	}
	switch {
	case stepErr == nil:
		job.Error = ""
		job.End(secret.Succeeded, tx.Now())
	case job.Test:
		name = audit.TestRotationFailed
		job.Error = stepErr.Error()
		job.End(secret.Failed, tx.Now())
	case job.Spent(r.Attempts):
		name = audit.RotationFailed
		job.GiveUp(stepErr.Error(), tx.Now())
		if err := sec.Skip(tx.Now()); err != nil {
			return err
		}
	default:
		name = audit.RotationFailed
		job.Retry(stepErr.Error(), r.Retry, rand.Float64(), tx.Now())
		job.Suspend(job.NextAttempt)
		if err := sec.DeferAttempt(job, tx.Now()); err != nil {
			return err
		}
	}
	if stepErr != nil {
		kept.Error = stepErr.Error()
		reason = fmt.Sprintf("Error when executing lambda %s during %s step: %s", job.Function, kept.Step, stepErr)
	}
	if job.Waiting() {
		reason += fmt.Sprintf(" (attempt %d was the last: the rotation waits for alberti rotation retry)", kept.Attempt)
	}
	return tx.AuditService(name, sec, job.Token, reason)
}

func (r *Runner) tell(job *secret.Job, kept secret.StepRecord) {
	log := r.Log.With("rotation", job.ID, "token", job.Token, "function", job.Function, "attempt", kept.Attempt)
	switch {
	case job.State == secret.Succeeded:
		log.Info("rotation succeeded", "gap", job.Gap())
	case job.Waiting():
		log.Warn("rotation failed for the last time and waits for a person", "step", kept.Step, "error", kept.Error)
	case job.State == secret.Failed:
		log.Warn("test rotation failed", "step", kept.Step, "error", kept.Error)
	default:
		log.Warn("rotation failed", "step", kept.Step, "error", kept.Error, "next_attempt", job.NextAttempt)
	}
}
