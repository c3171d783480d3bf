package rotator

import (
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Run is one invocation of a function.
type Run struct {
	contract.Event
	Config
	Secrets Secrets

	options  options
	claimed  contract.Target // the last
	foreseen contract.Target // what setSecret will claim first, as far as createSecret knows
	seen     secret.Scrubber // passwords, to keep out of errors and notes
}

// Current is the value that applications read.
func (r *Run) Current(ctx context.Context) (secret.Value, error) {
	return r.Secrets.GetSecretValue(ctx, r.SecretID, "", secret.Current)
}

// Pending is the value that this rotation made.
func (r *Run) Pending(ctx context.Context) (secret.Value, error) {
	return r.Secrets.GetSecretValue(ctx, r.SecretID, r.Token, secret.Pending)
}

// Previous is the value before the current one; false when there is none.
func (r *Run) Previous(ctx context.Context) (secret.Value, bool, error) {
	v, err := r.Secrets.GetSecretValue(ctx, r.SecretID, "", secret.Previous)
	if fault.KindOf(err) == fault.NotFound {
		return secret.Value{}, false, nil
	}
	return v, err == nil, err
}

// PasswordPolicy is what new passwords are made of: the function's policy, as the
// secret's tags change it.
func (r *Run) PasswordPolicy() PasswordPolicy { return r.options.passwords }

// NewPassword is a random password as the policy for the function wants it,
// without the characters excluded by default for its target.
func (r *Run) NewPassword(ctx context.Context, excluded string) (string, error) {
	return r.newPassword(ctx, r.options.passwords.without(excluded))
}

func (r *Run) newPassword(ctx context.Context, p PasswordPolicy) (string, error) {
	password, err := r.Secrets.GetRandomPassword(ctx, p)
	r.Saw(password)
	return password, err
}

// Saw keeps a password, token or key in mind, to take it out of errors and notes.
func (r *Run) Saw(password string) { r.seen.Saw(password) }

// scrubbed is an error without passwords. What had to be scrubbed keeps its kind, and
// that it was unacceptable, and nothing else that could be unwrapped.
func (r *Run) scrubbed(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	clean := r.seen.Text(text)
	if clean == text {
		return err
	}
	bare := &fault.Error{Kind: fault.KindOf(err), Err: errors.New(clean)}
	if errors.Is(err, contract.ErrUnacceptable) {
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, bare)
	}
	return bare
}
