// Package contract is what a rotation function and whoever invokes it agree on. It
// stands apart from package rotation so that functions that users run elsewhere
// carry nothing of the server.
package contract

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// Function rotates a secret, one step at a time. A step may be invoked again
// after it succeeded, so each must find its own work done and say so by
// returning nil (secrets-manager.md, 3.8).
type Function interface {
	// Invoke runs one step. An error ends this attempt; its text is kept in the
	// history and must hold no credential.
	Invoke(ctx context.Context, e Event) error
	// Guarded tells whether setSecret asks its Guard before a target is changed. Of
	// a function that does not, setSecret may have changed any as soon as it was
	// invoked.
	Guarded() bool
}

// Limiter is a Function that has a limit of its own for how long a step may take.
type Limiter interface{ Limit() time.Duration }

// Event is what a rotation function is told (secrets-manager.md, 3.3).
type Event struct {
	SecretID      string      // the full ARN
	Token         string      // ClientRequestToken: the version being made
	Step          secret.Step // what to do now
	RotationToken string      // proves that a write belongs to this attempt; sensitive
	TestOnly      bool        // RotateImmediately=false: testSecret on a copy, and nothing is to be changed
	Again         bool        // the target may have heard of the pending value already
	Report        *Report     // where the function explains itself; never nil
	Guard         Guard       // to be asked before a target is changed; never nil
}

// Target is the account that a function is about to change.
type Target struct {
	Host    string // address and port
	Account string // what tells the account from every other, host and all
}

// Guard stands between a function and its target.
type Guard interface {
	// Claim gives the account to this rotation alone until its attempt ends. The
	// function returns the error as it is: it says whether to wait.
	Claim(ctx context.Context, t Target) error
	// Foresee gives a context in which the next write of the secret claims the
	// account too, if nobody else has it: then Claim, which comes all the same, has
	// nothing left to do.
	Foresee(ctx context.Context, t Target) context.Context
	// Sending keeps a value durably, apart from the store. Once it has returned
	// nil, the target may hear of the value.
	Sending(ctx context.Context, v secret.Value) error
	// Sent are the values that the target was ever told, the latest first.
	Sent(ctx context.Context) ([]secret.Value, error)
}

// ErrUnacceptable is, or is wrapped by, the error of a function whose target
// refused the pending value for a rule of its own, such as a password policy:
// the value is replaced by a fresh one.
var ErrUnacceptable = errors.New("the target does not accept such a password")

// Report collects what a step has to say beyond success or failure.
type Report struct {
	// Notes reach the rotation's history; they hold no credential.
	Notes []string
	// TLS is what was agreed on for the last connection: protocol, cipher and whom
	// the certificate names; empty when that was plain.
	TLS string
	// Changed is the moment before the target was told of the new credential, zero
	// when this step did not change it. From then until the label has moved,
	// AWSCURRENT may be refused.
	Changed time.Time
	// Found says that the target had the new credential when this step came, and
	// that AWSCURRENT may be refused since then: an earlier attempt did not live to
	// report it.
	Found bool
}

// Note keeps one line for the history.
func (r *Report) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
