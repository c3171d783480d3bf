package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/authoring/api"
	"github.com/alberti-dev/alberti/secret"
)

// rotation is what alberti.DescribeRotation tells of a secret; times are seconds
// since 1970.
type rotation struct {
	RotationEnabled bool
	StartsAt        float64
	History         []attempts
}

// attempts are those of one rotation.
type attempts struct {
	VersionID string `json:"VersionId"`
	State     string
	Steps     []step
}

// step is one invocation of the function.
type step struct {
	Attempt      int
	Step         string
	Milliseconds float64
	Error        string
	Notes        []string
}

// starts is when the next rotation does, zero for never.
func (r rotation) starts() time.Time {
	if r.StartsAt == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(r.StartsAt * 1000))
}

// of is the rotation that makes a version, without a state where there is none.
func (r rotation) of(version string) attempts {
	for _, a := range r.History {
		if a.VersionID == version {
			return a
		}
	}
	return attempts{}
}

// first are the steps up to the one that failed: what comes after it is the server
// trying again.
func (a attempts) first() []step {
	if failed := slices.IndexFunc(a.Steps, step.failed); failed >= 0 {
		return a.Steps[:failed+1]
	}
	return a.Steps
}

// over tells whether the first attempt is.
func (a attempts) over() bool {
	return a.State != "" && a.State != string(secret.Running) || slices.ContainsFunc(a.Steps, step.failed)
}

// told tells whether the target may have heard of the new password. That
// createSecret succeeded is written down with the beginning of setSecret.
func (a attempts) told() bool {
	return slices.ContainsFunc(a.Steps, func(s step) bool { return !s.failed() || s.Step != string(secret.CreateSecret) })
}

// failure is how the first attempt, which is over, went.
func (a attempts) failure() error {
	if failed := slices.IndexFunc(a.Steps, step.failed); failed >= 0 {
		return fmt.Errorf("%s failed", a.Steps[failed].Step)
	}
	if a.State != string(secret.Succeeded) {
		return fmt.Errorf("the rotation of the copy was %s", a.State)
	}
	return nil
}

func (s step) failed() bool { return s.Error != "" }

func (t *trial) rotation(ctx context.Context, secretID string) (r rotation, err error) {
	err = t.API.DescribeRotation(ctx, secretID, &r)
	return r, err
}

// prove has testSecret run with the password that the account has now. Where that
// fails, it would be no proof of the password that is set back either, so nothing
// is changed then.
func (t *trial) prove(ctx context.Context) error {
	t.sayf("with the password that %s has:", t.original.name)
	version := uuid.NewString()
	if _, err := t.start(context.WithoutCancel(ctx), version, false); err != nil {
		return err
	}
	err := t.follow(ctx, version)
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return fmt.Errorf("%w with the password that %s has: nothing was changed", err, t.original.name)
	}
	return nil
}

// start has the copy rotated, or testSecret alone run. A refusal of the server's
// says that nothing has begun; after any other error nobody knows.
func (t *trial) start(ctx context.Context, version string, immediately bool) (began bool, err error) {
	t.scratch.invoked = true
	err = t.API.RotateSecret(ctx, api.Rotation{SecretID: t.scratch.arn, Version: version, FunctionARN: t.scratch.lambda, Immediately: immediately})
	return !api.Refused(err), err
}

const (
	poll = 200 * time.Millisecond
	// initLimit is how long a function may take to start, beyond its timeout
	// (lambda.md, 3.2).
	initLimit = 10 * time.Second
	// silence is how long a server may not answer before it is given up.
	silence = time.Minute
)

// stepLimit is how long a step that is under way can go on.
func (t *trial) stepLimit() time.Duration { return t.Timeout + initLimit }

// follow tells of each step as it ends, until the first attempt is over. When it
// gives up before, a step may be under way still: t.scratch.quiet says so.
func (t *trial) follow(ctx context.Context, version string) error {
	work := context.WithoutCancel(ctx)
	t.scratch.quiet = false
	interrupted, told := ctx.Done(), 0
	patience, heard := time.Time{}, t.Now()
	for {
		r, err := t.rotation(work, t.scratch.arn)
		a := r.of(version)
		if err == nil {
			heard = t.Now()
			for ; told < len(a.first()); told++ {
				t.tell(a.Steps[told])
			}
		}
		switch {
		case err == nil && a.over():
			t.scratch.quiet = true
			return errors.Join(a.failure(), interruption(ctx))
		case t.Now().Sub(heard) > silence:
			return fmt.Errorf("the server does not say how the rotation goes: %w", err)
		case !patience.IsZero() && t.Now().After(patience):
			return errInterrupted
		}
		select {
		case <-interrupted:
			t.Say("interrupted: when the step under way has ended, everything is put in order")
			interrupted, patience = nil, t.Now().Add(4*t.stepLimit())
		case <-time.After(poll):
		}
	}
}

func interruption(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return errInterrupted
}

// tell prints how a step went.
func (t *trial) tell(s step) {
	if !s.failed() {
		t.sayf("%-12s  ok      %9.1f ms", s.Step, s.Milliseconds)
		return
	}
	t.sayf("%-12s  failed  %9.1f ms  %s", s.Step, s.Milliseconds, t.seen.Text(s.Error))
	for _, note := range s.Notes {
		t.sayf("    %s", t.seen.Text(note))
	}
}
