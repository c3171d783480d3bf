package rotation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// attempt is one try of a rotation.
type attempt struct {
	*secret.Job
	secretARN string
	again     bool // an earlier attempt may have reached the target
	guard     *guard
	unsaved   []secret.StepRecord // for the next commit of this attempt
	last      func() bool         // whether its worker is to stop after it
	next      *secret.Job         // what its worker does next
}

// work runs one attempt of a rotation: its steps in order, each only after the
// one before has succeeded.
func (r *Runner) work(ctx context.Context, a *attempt) {
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	renewed := make(chan struct{})
	id, lease := a.ID, a.Lease // the job itself belongs to the steps
	go func() {
		defer close(renewed)
		r.keepLease(ctx, id, lease, lost)
	}()
	defer func() { lost(nil); <-renewed }()

	for done := false; !done; {
		var err error
		done, err = r.step(ctx, a)
		switch {
		case errors.Is(err, store.ErrLeaseLost), errors.Is(context.Cause(ctx), store.ErrLeaseLost):
			r.Log.Info("rotation passed on", "rotation", a.ID, "step", a.Step)
			return
		case err != nil:
			// What could not be written down is done again when the lease runs out.
			r.Log.Error("rotation interrupted", "rotation", a.ID, "step", a.Step, "error", err)
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

// step runs one step and sees to it that it is written down how it went. It
// tells whether the attempt is over.
func (r *Runner) step(ctx context.Context, job *attempt) (done bool, err error) {
	began, report := r.Store.Now(), &Report{}
	r.Reached(Point("invoke:" + job.Step))
	stepErr := r.invoke(ctx, job, report)
	if cause := context.Cause(ctx); cause != nil {
		return true, cause
	}
	r.Reached(Point("invoked:" + job.Step))
	kept := secret.StepRecord{
		JobID: job.ID, Attempt: job.Attempt, Step: job.Step, Started: began,
		Took: r.Store.Now().Sub(began), Notes: report.Notes,
	}
	job.Changed = r.changed(ctx, job, report)
	next, more := job.Step.Next()
	if stepErr == nil && more && !job.Test {
		// What was done is written down with the next commit: a step that is repeated
		// finds its work done.
		job.unsaved, job.Step = append(job.unsaved, kept), next
		return false, nil
	}
	return true, r.conclude(ctx, job, kept, stepErr)
}

// changed is the moment since which AWSCURRENT may be refused. Where the attempt
// that changed the target left no word, the journal knows.
func (r *Runner) changed(ctx context.Context, job *attempt, report *Report) time.Time {
	switch {
	case !report.Changed.IsZero():
		return report.Changed
	case !report.Found || !job.Changed.IsZero():
		return job.Changed
	}
	at, err := job.guard.told(ctx)
	if err != nil {
		r.Log.Warn("the beginning of the gap is not known", "rotation", job.ID, "error", err)
	}
	return at
}

// invoke calls the function for one step, for as long as a step may take. A
// panic of the function is its failure.
func (r *Runner) invoke(ctx context.Context, job *attempt, report *Report) (err error) {
	function, ok := r.Function(job.Function)
	if !ok {
		return fmt.Errorf("there is no function %s", job.Function)
	}
	if job.Step == secret.SetSecret && !function.Guarded() {
		if err := job.guard.unguarded(ctx); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.limit(function))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("rotation function panicked", "function", job.Function, "step", job.Step, "stack", string(debug.Stack()))
			err = errors.New("the rotation function panicked")
		}
	}()
	return function.Invoke(ctx, Event{
		SecretID: job.secretARN, Token: job.Token, Step: job.Step, RotationToken: job.Lease,
		TestOnly: job.Test, Again: job.again, Report: report, Guard: job.guard,
	})
}

// limit is how long a step of a function may take.
func (r *Runner) limit(f Function) time.Duration {
	if own, ok := f.(Limiter); ok {
		return own.Limit()
	}
	return r.Step
}

// save writes down where the attempt is, and the steps that it has done.
func (a *attempt) save(tx *store.Tx) error {
	for _, kept := range a.unsaved {
		if err := tx.PutStep(kept); err != nil {
			return err
		}
	}
	return tx.SaveJob(a.Job, a.Lease)
}

// saved is called when what save wrote is committed.
func (r *Runner) saved(job *attempt) {
	for _, kept := range job.unsaved {
		r.Reached(Point("saved:" + kept.Step))
	}
	job.unsaved = nil
}

// conclude ends the attempt: with success when the last step succeeded and the
// label is where it should be, else with a failure.
func (r *Runner) conclude(ctx context.Context, job *attempt, kept secret.StepRecord, stepErr error) error {
	lease := job.Lease
	var next *secret.Job
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		// The secret is locked first, as operations do.
		sec, err := tx.SecretByKey(job.SecretKey)
		if err != nil || sec == nil {
			return errors.Join(err, store.ErrLeaseLost)
		}
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
		if !job.Promoted.Before(kept.Started) {
			job.Promoted = kept.Started.Add(kept.Took) // its commit took a moment before everybody saw it
		}
		if stepErr == nil && !job.Test {
			stepErr = sec.FinishRotation(job.Token, tx.Now())
		}
		if err := r.outcome(tx, job, sec, &kept, stepErr); err != nil {
			return err
		}
		for _, kept := range append(job.unsaved, kept) {
			if err := tx.PutStep(kept); err != nil {
				return err
			}
		}
		if err := tx.SaveJob(job.Job, lease); err != nil {
			return err
		}
		if err := tx.PutSecret(sec); err != nil || job.last() {
			return err
		}
		next, err = r.claim(tx)
		return err
	})
	if err != nil {
		return err
	}
	job.next = next
	r.Committed()
	r.saved(job)
	r.Reached("concluded")
	r.tell(job.secretARN, job.Job, kept)
	return nil
}

// outcome decides what becomes of the rotation, and records the event.
func (r *Runner) outcome(tx *store.Tx, job *attempt, sec *secret.Secret, kept *secret.StepRecord, stepErr error) error {
	if stepErr != nil {
		kept.Error = stepErr.Error()
	}
	if errors.Is(stepErr, store.ErrTaken) {
		if err := job.guard.unmark(tx, sec, false); err != nil {
			return err
		}
		if !job.again {
			job.Step = secret.CreateSecret // as if it had not begun
		}
		job.Wait(job.guard.host, tx.Now().Add(turn+rand.N(turn)))
		return nil
	}
	if err := tx.PassHost(job.guard.host); err != nil {
		return err
	}
	token := job.Token
	if job.Test {
		sec.EndTest(token)
	}
	name := audit.RotationSucceeded
	switch {
	case stepErr == nil && job.Test:
		name = audit.TestRotationSucceeded
		job.Succeed(tx.Now())
	case stepErr == nil:
		job.Succeed(tx.Now())
		if err := tx.Settle(sec.Key, token); err != nil {
			return err
		}
	case job.Test:
		name = audit.TestRotationFailed
		job.Error = stepErr.Error()
		job.End(secret.Failed, tx.Now())
	default:
		name = audit.RotationFailed
		if err := r.again(tx, job, sec, stepErr); err != nil {
			return err
		}
	}
	reason := ""
	if stepErr != nil {
		reason = fmt.Sprintf("Error when executing lambda %s during %s step: %s", job.Function, kept.Step, stepErr)
	}
	if job.Waiting() {
		reason += fmt.Sprintf(" (attempt %d was the last: the rotation waits for alberti rotation retry)", kept.Attempt)
	}
	return tx.AuditService(name, sec, token, reason)
}

// turn is how long a rotation that found its account or host taken waits, and up
// to twice that, unless one that leaves the host calls it.
const turn = time.Second

// again plans the next attempt of a rotation that failed, unless it has had as
// many as it may. A value that the target will never take is replaced.
func (r *Runner) again(tx *store.Tx, job *attempt, sec *secret.Secret, stepErr error) error {
	refused := errors.Is(stepErr, ErrUnacceptable)
	if err := job.guard.unmark(tx, sec, refused); err != nil {
		return err
	}
	if refused {
		token := uuid.NewString()
		if err := sec.Restage(job.Token, token, tx.Now()); err != nil {
			return err
		}
		job.Token = token
	}
	if job.Spent(r.Attempts) {
		job.GiveUp(stepErr.Error(), tx.Now())
		return sec.Skip(tx.Now())
	}
	job.Retry(stepErr.Error(), r.Retry, rand.Float64(), tx.Now())
	job.Suspend(job.NextAttempt)
	return sec.DeferAttempt(job.Job, tx.Now())
}

func (r *Runner) tell(secretARN string, job *secret.Job, kept secret.StepRecord) {
	log := r.Log.With("secret", secretARN, "rotation", job.ID, "token", job.Token, "function", job.Function, "attempt", kept.Attempt)
	switch {
	case job.State == secret.Succeeded:
		log.Info("rotation succeeded", "gap", job.Gap())
	case job.Waiting():
		log.Warn("rotation failed for the last time and waits for a person", "step", kept.Step, "error", kept.Error)
	case job.State == secret.Failed:
		log.Warn("test rotation failed", "step", kept.Step, "error", kept.Error)
	case kept.Attempt == job.Attempt:
		log.Debug("rotation waits for another of the same account or host")
	default:
		log.Warn("rotation failed", "step", kept.Step, "error", kept.Error, "next_attempt", job.NextAttempt)
	}
}
