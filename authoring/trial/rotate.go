package trial

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/secret"
)

// rotation is what alberti.DescribeRotation tells of a secret; times are seconds
// since 1970.
type rotation struct {
	RotationEnabled bool
	StartsAt        float64
	History         []struct {
		VersionID string `json:"VersionId"`
		State     string
		Steps     []step
	}
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

// steps are those of the rotation that there is.
func (r rotation) steps() []step {
	if len(r.History) == 0 {
		return nil
	}
	return r.History[0].Steps
}

// firstAttempt are the steps up to the first that failed: what comes after it is
// the server trying again.
func (r rotation) firstAttempt() []step {
	all := r.steps()
	if failed := slices.IndexFunc(all, func(s step) bool { return s.Error != "" }); failed >= 0 {
		return all[:failed+1]
	}
	return all
}

// over tells whether the first attempt is.
func (r rotation) over() bool {
	if len(r.History) == 0 {
		return false
	}
	steps := r.firstAttempt()
	return r.History[0].State != string(secret.Running) || len(steps) > 0 && steps[len(steps)-1].Error != ""
}

// told tells whether the target may have heard of the new password. That
// createSecret succeeded is written down with the beginning of setSecret.
func (r rotation) told() bool {
	return slices.ContainsFunc(r.steps(), func(s step) bool { return s.Error == "" || s.Step != string(secret.CreateSecret) })
}

// failure is how the rotation of the copy went.
func (r rotation) failure() error {
	steps := r.firstAttempt()
	switch {
	case len(steps) > 0 && steps[len(steps)-1].Error != "":
		return fmt.Errorf("%s failed", steps[len(steps)-1].Step)
	case r.History[0].State != string(secret.Succeeded):
		return fmt.Errorf("the rotation of the copy was %s", r.History[0].State)
	}
	return nil
}

func (t *trial) rotation(ctx context.Context, secretID string) (r rotation, err error) {
	return r, t.Rotation(ctx, secretID, &r)
}

// start has the copy rotated. An error of the server's says that nothing has begun;
// after any other nobody knows.
func (t *trial) start(ctx context.Context) (began bool, err error) {
	_, err = t.Secrets.RotateSecret(ctx, &secretsmanager.RotateSecretInput{
		SecretId: &t.scratch.arn, ClientRequestToken: &t.scratch.token, RotationLambdaARN: &t.scratch.lambda,
	})
	var refusal smithy.APIError
	if errors.As(err, &refusal) && refusal.ErrorFault() == smithy.FaultClient {
		return false, err
	}
	t.scratch.invoked = true
	return true, err
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

// follow tells of each step as it ends, until the first attempt is over. After
// that no step is under way: t.scratch.quiet says so.
func (t *trial) follow(ctx context.Context) error {
	work := context.WithoutCancel(ctx)
	interrupted, told := ctx.Done(), 0
	patience, heard := time.Time{}, t.Now()
	for {
		r, err := t.rotation(work, t.scratch.arn)
		if err == nil {
			heard = t.Now()
			for _, s := range r.firstAttempt()[told:] {
				t.tell(s)
				told++
			}
		}
		switch {
		case err == nil && r.over():
			t.scratch.quiet = true
			return errors.Join(r.failure(), interruption(ctx))
		case t.Now().Sub(heard) > silence:
			return fmt.Errorf("the server does not say how the rotation goes: %w", err)
		case !patience.IsZero() && t.Now().After(patience):
			return errInterrupted
		}
		select {
		case <-interrupted:
			t.Say("interrupted: when the step under way has ended, the password is set back")
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
	if s.Error == "" {
		t.sayf("%-12s  ok      %9.1f ms", s.Step, s.Milliseconds)
		return
	}
	t.sayf("%-12s  failed  %9.1f ms  %s", s.Step, s.Milliseconds, t.seen.Text(s.Error))
	for _, note := range s.Notes {
		t.sayf("    %s", t.seen.Text(note))
	}
}
