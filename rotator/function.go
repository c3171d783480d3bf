package rotator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/secret"
)

// Config is what both strategies work with; every field is needed.
type Config struct {
	Connect   Connect
	Passwords PasswordPolicy
	Now       func() time.Time
}

// function is a rotation function: the steps that all have in common, and what
// a strategy does differently.
type function struct {
	Config
	engine Engine
	// nextUser is whom the pending credential is for.
	nextUser func(t Traits, current Credential) (string, error)
	// set is the step that changes the target.
	set func(ctx context.Context, r *run, s Secrets) error
}

// Guarded implements rotation.Function.
func (*function) Guarded() bool { return true }

// Invoke implements rotation.Function.
func (f *function) Invoke(ctx context.Context, e rotation.Event) error {
	s := f.Connect(e)
	r := &run{Event: e, engine: f.engine, traits: f.engine.Traits(), now: f.Now}
	err := f.step(ctx, r, s)
	for i, note := range r.Report.Notes {
		r.Report.Notes[i] = r.scrub(note)
	}
	return r.scrubbed(err)
}

// step is the gate that stands before every step (rotation-functions.md, 1.2),
// then the step.
func (f *function) step(ctx context.Context, r *run, s Secrets) error {
	d, err := s.DescribeSecret(ctx, r.SecretID)
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
	switch r.Step {
	case secret.CreateSecret:
		return f.create(ctx, r, s)
	case secret.SetSecret:
		return f.set(ctx, r, s)
	case secret.TestSecret:
		return f.test(ctx, r, s)
	case secret.FinishSecret:
		return finish(ctx, r, s, d)
	}
	return fmt.Errorf("Invalid step parameter %s for secret %s", r.Step, r.SecretID)
}

// create makes the pending value, once: a value that is there already may be
// in force at the target (1.4).
func (f *function) create(ctx context.Context, r *run, s Secrets) error {
	value, err := s.GetSecretValue(ctx, r.SecretID, "", secret.Current)
	if err != nil {
		return err
	}
	current, err := r.parse(value)
	if err != nil {
		return err
	}
	if _, err := s.GetSecretValue(ctx, r.SecretID, r.Token, secret.Pending); fault.KindOf(err) != fault.NotFound {
		return err
	}
	user, err := f.nextUser(r.traits, current)
	if err != nil {
		return err
	}
	password, err := s.GetRandomPassword(ctx, f.Passwords.of(r.traits))
	if err != nil {
		return err
	}
	r.saw(password)
	pending, err := withLogin(value, user, password)
	if err != nil {
		return err
	}
	return s.PutSecretValue(ctx, r.SecretID, r.Token, pending, []string{secret.Pending})
}

// test logs in with the pending credential and does a trifle (1.7).
func (f *function) test(ctx context.Context, r *run, s Secrets) error {
	pending, err := r.pending(ctx, s)
	if err != nil {
		return err
	}
	session, err := r.login(ctx, pending)
	if err != nil {
		return fmt.Errorf("Unable to log into database with pending secret of secret ARN %s: %w", r.SecretID, err)
	}
	return errors.Join(session.Test(ctx), session.Close())
}

// finish moves AWSCURRENT to the new version.
func finish(ctx context.Context, r *run, s Secrets, d Description) error {
	from := ""
	for version, labels := range d.Stages {
		if slices.Contains(labels, secret.Current) {
			from = version
		}
	}
	return s.UpdateSecretVersionStage(ctx, r.SecretID, secret.Current, r.Token, from)
}

// run is one invocation.
type run struct {
	rotation.Event
	engine Engine
	traits Traits
	now    func() time.Time
	value  secret.Value // the pending one
	known  []string     // passwords seen, to keep out of errors and notes
}

func (r *run) parse(v secret.Value) (Credential, error) {
	c, err := parse(v, r.traits)
	if err == nil {
		r.saw(string(c.Password.Reveal()))
	}
	return c, err
}

// credential reads the login that a version of the secret holds.
func (r *run) credential(ctx context.Context, s Secrets, id, version, label string) (Credential, error) {
	v, err := s.GetSecretValue(ctx, id, version, label)
	if err != nil {
		return Credential{}, err
	}
	return r.parse(v)
}

func (r *run) current(ctx context.Context, s Secrets) (Credential, error) {
	return r.credential(ctx, s, r.SecretID, "", secret.Current)
}

func (r *run) pending(ctx context.Context, s Secrets) (Credential, error) {
	v, err := s.GetSecretValue(ctx, r.SecretID, r.Token, secret.Pending)
	if err != nil {
		return Credential{}, err
	}
	r.value = v
	return r.parse(v)
}

// pair reads the two logins that every setSecret is about.
func (r *run) pair(ctx context.Context, s Secrets) (current, pending Credential, err error) {
	if current, err = r.current(ctx, s); err == nil {
		pending, err = r.pending(ctx, s)
	}
	return current, pending, err
}

// previous is the login before the current one; false when there is none, or
// when it is no login: a first version often lacks engine and host.
func (r *run) previous(ctx context.Context, s Secrets) (c Credential, ok bool, err error) {
	v, err := s.GetSecretValue(ctx, r.SecretID, "", secret.Previous)
	if fault.KindOf(err) == fault.NotFound {
		return c, false, nil
	}
	if err != nil {
		return c, false, err
	}
	c, parseErr := r.parse(v)
	return c, parseErr == nil, nil
}

func (r *run) login(ctx context.Context, c Credential) (Session, error) {
	return r.engine.Login(ctx, c, r.Report)
}

// saw keeps a password in mind, to take it out of errors and notes. The longest
// go first: one may begin with another.
func (r *run) saw(password string) {
	r.known = append(r.known, password)
	slices.SortFunc(r.known, func(a, b string) int { return len(b) - len(a) })
}

// scrub takes every password that this invocation has seen out of a text:
// drivers and servers quote what they were given (rotation-functions.md, 16.6).
func (r *run) scrub(text string) string {
	for _, password := range r.known {
		text = strings.ReplaceAll(text, password, secret.Redacted)
	}
	return text
}

// scrubbed is scrub for an error. What had to be scrubbed keeps its kind, and
// that it was unacceptable, and nothing else that could be unwrapped.
func (r *run) scrubbed(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := r.scrub(text)
	if clean == text {
		return err
	}
	bare := &fault.Error{Kind: fault.KindOf(err), Err: errors.New(clean)}
	if errors.Is(err, rotation.ErrUnacceptable) {
		return fmt.Errorf("%w: %w", rotation.ErrUnacceptable, bare)
	}
	return bare
}
