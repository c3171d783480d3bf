// A rotation function for Secrets Manager. As it stands, it rotates a value that
// lies in the secret alone, such as a signing key that every reader takes from
// there: {"password": "..."}.
//
// Nobody is told of it, so a secret that names an account is refused. To rotate
// accounts, fill in the places that say HERE; or write a rotator.Engine, as the
// engine http does, and have all the care that its functions take.
package main

import (
	"context"
	"fmt"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/secret"
)

func main() { lambdafunction.Start(function) }

func function(c rotator.Config) contract.Function { return rotator.New(c, steps{}) }

// excluded are characters that passwords do without.
const excluded = "/@\"'\\"

// steps are what the function does of its own. Each may be run again after it has
// succeeded, and a rotation that stopped half way is begun again from createSecret.
type steps struct{}

// Create makes the pending value. It is called once: a value that is there already
// stays, since the target may have it.
func (steps) Create(ctx context.Context, r *rotator.Run) (secret.Value, error) {
	current, err := r.Current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	if err := check(current); err != nil {
		return secret.Value{}, err
	}
	password, err := r.NewPassword(ctx, excluded)
	if err != nil {
		return secret.Value{}, err
	}
	return rotator.With(current, rotator.TextMember("password", password))
}

// check refuses a value that this function cannot rotate.
func check(v secret.Value) error {
	members, err := rotator.Members(v)
	if err != nil {
		return err
	}
	// HERE: look for the members that a login needs.
	for _, key := range []string{"host", "username"} {
		if _, there := members[key]; there {
			return fmt.Errorf("the value has a %s, whom main.go does not tell of passwords yet", key)
		}
	}
	if rotator.TextOf(members, "password") == "" {
		return fmt.Errorf("password key is missing from secret JSON")
	}
	return nil
}

// Set puts the pending value in force at the target.
func (steps) Set(ctx context.Context, r *rotator.Run) error {
	// HERE: log in with r.Pending, and return when that works: an earlier attempt got
	// as far. Else log in with r.Current, or if that is refused with r.Previous, and
	// change the password. Set timeouts, and verify the target's certificate.
	return nil
}

// Test uses the pending value.
func (steps) Test(ctx context.Context, r *rotator.Run) error {
	pending, err := r.Pending(ctx)
	if err != nil {
		return err
	}
	// HERE: log in with it, and do what it is for.
	return check(pending)
}
