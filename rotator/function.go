package rotator

import (
	"context"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Config is what the functions work with; Connect, Passwords and Now are needed.
type Config struct {
	Connect   Connect
	Passwords PasswordPolicy
	Now       func() time.Time
	TLS       TLSMode        // for secrets without an ssl key
	Roots     *x509.CertPool // who signs the certificates of targets; nil is the system's
}

// Steps are what a function does of its own. Each may be run again after it has
// succeeded.
type Steps interface {
	// Create makes the pending value. It is not called when there is one: that may
	// be in force at the target (rotation-functions.md, 1.4).
	Create(ctx context.Context, r *Run) (secret.Value, error)
	// Set puts the pending value in force at the target.
	Set(ctx context.Context, r *Run) error
	// Test uses the pending value (1.7).
	Test(ctx context.Context, r *Run) error
}

// Finisher is Steps with work to do before AWSCURRENT moves: afterwards there is
// no second chance (1.2).
type Finisher interface {
	Finish(ctx context.Context, r *Run) error
}

// New makes a function of its steps: what all have in common is the gate before
// each step, the label that is moved, and that no password leaves in an error.
func New(c Config, s Steps) contract.Function { return &function{c, s} }

type function struct {
	Config
	steps Steps
}

// Guarded implements contract.Function.
func (*function) Guarded() bool { return true }

// Invoke implements contract.Function.
func (f *function) Invoke(ctx context.Context, e contract.Event) error {
	r := &Run{Event: e, Config: f.Config, Secrets: f.Connect(e)}
	err := f.step(ctx, r)
	for i, note := range r.Report.Notes {
		r.Report.Notes[i] = r.seen.Text(note)
	}
	return r.scrubbed(err)
}

// step is the gate that stands before every step (rotation-functions.md, 1.2),
// then the step.
func (f *function) step(ctx context.Context, r *Run) error {
	d, err := r.Secrets.DescribeSecret(ctx, r.SecretID)
	if err != nil {
		return err
	}
	if !d.RotationEnabled {
		return fmt.Errorf("Secret %s is not enabled for rotation", r.SecretID)
	}
	labels, ok := d.Stages[r.Token]
	if !ok {
		return fmt.Errorf("Secret version %s has no stage for rotation of secret %s.", r.Token, r.SecretID)
	}
	if slices.Contains(labels, secret.Current) {
		return nil // this rotation is finished
	}
	if !slices.Contains(labels, secret.Pending) {
		return fmt.Errorf("Secret version %s not set as AWSPENDING for rotation of secret %s.", r.Token, r.SecretID)
	}
	if r.options, err = readOptions(d.Tags, r.Passwords); err != nil {
		return err
	}
	switch r.Step {
	case secret.CreateSecret:
		return f.create(ctx, r)
	case secret.SetSecret:
		return f.steps.Set(ctx, r)
	case secret.TestSecret:
		return f.steps.Test(ctx, r)
	case secret.FinishSecret:
		return f.finish(ctx, r, d)
	}
	return fmt.Errorf("Invalid step parameter %s for secret %s", r.Step, r.SecretID)
}

// create makes the pending value, once.
func (f *function) create(ctx context.Context, r *Run) error {
	if _, err := r.Secrets.GetSecretValue(ctx, r.SecretID, r.Token, secret.Pending); fault.KindOf(err) != fault.NotFound {
		return err
	}
	pending, err := f.steps.Create(ctx, r)
	if err != nil {
		return err
	}
	if r.foreseen != (contract.Target{}) {
		ctx = r.Guard.Foresee(ctx, r.foreseen)
	}
	return r.Secrets.PutSecretValue(ctx, r.SecretID, r.Token, pending, []string{secret.Pending})
}

// finish moves AWSCURRENT to the new version.
func (f *function) finish(ctx context.Context, r *Run, d Description) error {
	if last, ok := f.steps.(Finisher); ok {
		if err := last.Finish(ctx, r); err != nil {
			return err
		}
	}
	from := ""
	for version, labels := range d.Stages {
		if slices.Contains(labels, secret.Current) {
			from = version
		}
	}
	return r.Secrets.UpdateSecretVersionStage(ctx, r.SecretID, secret.Current, r.Token, from)
}
