package activedirectory_test

import (
	"context"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/secret"
)

// opener is Steps whose setSecret does something with the pending login: tests
// have no other way to a Credential with an authority of its own.
type opener func(rotator.Credential, *contract.Report) error

func (o opener) Create(context.Context, *rotator.Run) (secret.Value, error) {
	return secret.Value{}, nil
}
func (o opener) Test(context.Context, *rotator.Run) error { return nil }

func (o opener) Set(ctx context.Context, r *rotator.Run) error {
	value, err := r.Pending(ctx)
	if err != nil {
		return err
	}
	c, err := r.Credential(value, activedirectory.Engine{}.Traits())
	if err != nil {
		return err
	}
	return o(c, r.Report)
}
