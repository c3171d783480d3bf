package functiontest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Function is a rotation function that is not written in our process. Each step is
// done twice, as by a service that was killed before it wrote down the first.
type Function struct {
	// Handle does what an event says, which is JSON.
	Handle func(ctx context.Context, event []byte) error
	// Done gets how each step went; it is read until finishSecret, or an error.
	Done chan Step
}

// Step is a step that was done.
type Step struct {
	secret.Step
	Err error
}

// Guarded implements contract.Function.
func (Function) Guarded() bool { return false }

// Invoke implements contract.Function.
func (f Function) Invoke(ctx context.Context, e contract.Event) error {
	event, err := json.Marshal(map[string]string{
		"SecretId": e.SecretID, "ClientRequestToken": e.Token, "Step": string(e.Step), "RotationToken": e.RotationToken,
	})
	for range 2 {
		if err == nil {
			err = f.Handle(ctx, event)
		}
	}
	select {
	case f.Done <- Step{e.Step, err}:
	case <-ctx.Done():
	}
	return err
}

// Wait waits for the end of a rotation, and gives the error of the step that
// failed.
func (f Function) Wait(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case s := <-f.Done:
			if s.Err != nil {
				return fmt.Errorf("%s: %w", s.Step, s.Err)
			}
			if s.Step == secret.FinishSecret {
				return nil
			}
		}
	}
}

// Command does an event with a program that reads it from its standard input.
func Command(ctx context.Context, dir string, env []string, event []byte, args ...string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = dir, env, bytes.NewReader(event)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
