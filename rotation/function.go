package rotation

import (
	"context"
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
}

// Event is what a rotation function is told (secrets-manager.md, 3.3).
type Event struct {
	SecretID      string      // the full ARN
	Token         string      // ClientRequestToken: the version being made
	Step          secret.Step // what to do now
	RotationToken string      // proves that a write belongs to this attempt; sensitive
	Report        *Report     // where the function explains itself; never nil
}

// Report collects what a step has to say beyond success or failure.
type Report struct {
	// Notes reach the rotation's history; they hold no credential.
	Notes []string
	// Changed is when the target took the new credential, zero when this step
	// did not change it. From then until the label moves, AWSCURRENT is refused.
	Changed time.Time
}

// Note keeps one line for the history.
func (r *Report) Note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
