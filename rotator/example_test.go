package rotator_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// Safe is a target with one account, and the engine that teaches functions how it
// is spoken to.
type Safe struct{ combination string }

// Traits say what there is to know of safes beforehand.
func (*Safe) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"safe"}, Port: 4711}
}

// Login opens the safe. Only Refused speaks against the password: of any other
// failure a function does not conclude that it has to try another.
func (s *Safe) Login(_ context.Context, c rotator.Credential, _ *contract.Report) (rotator.Session, error) {
	if string(c.Password.Reveal()) != s.combination {
		return nil, &rotator.LoginError{Reason: rotator.Refused, Host: c.Address(), User: c.Username, Err: errors.New("it stays shut")}
	}
	return s, nil
}

// SetPassword gives the safe another combination.
func (s *Safe) SetPassword(_ context.Context, _ string, password secret.Value) error {
	s.combination = string(password.Reveal())
	return nil
}

// Test runs what the tag alberti:test-statement of the secret says; a safe has
// nothing to run.
func (*Safe) Test(context.Context, string) error { return nil }

// Close shuts the safe.
func (*Safe) Close() error { return nil }

// A rotation function for one's own kind of target is an Engine and a strategy. To
// run it as a Lambda function, main hands the same to lambdafunction.Start:
//
//	lambdafunction.Start(func(c rotator.Config) contract.Function {
//		return rotator.SingleUser(&Safe{}, c)
//	})
//
// Here it rotates on the Secrets Manager in memory that package rotatortest has for
// tests; rotatortest.Run puts an engine through all that can go wrong.
func Example() {
	secrets := rotatortest.NewSecrets()
	id, err := secrets.Add("safe", `{"engine":"safe","host":"bank","username":"owner","password":"0000"}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	safe := &Safe{combination: "0000"}
	function := rotator.SingleUser(safe, rotator.Config{
		Connect: secrets.Connect, Passwords: rotator.DefaultPasswords(), Now: time.Now,
	})

	token, err := secrets.Start(id) // as RotateSecret does
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []secret.Step{secret.CreateSecret, secret.SetSecret, secret.TestSecret, secret.FinishSecret} {
		err := function.Invoke(context.Background(), contract.Event{
			SecretID: id, Token: token, Step: step, Report: &contract.Report{}, Guard: &rotatortest.Guard{},
		})
		fmt.Println(step, err)
	}
	current, err := secrets.GetSecretValue(context.Background(), id, "", secret.Current)
	fmt.Println(rotatortest.Member(current, "password") == safe.combination, safe.combination != "0000", err)

	// Output:
	// createSecret <nil>
	// setSecret <nil>
	// testSecret <nil>
	// finishSecret <nil>
	// true true <nil>
}
