// Package trial tries a rotation function out: on a scratch copy of a secret, with
// a scratch role, through the same API that everybody has. The copy names the real
// account, whose password the four steps change, so the trial ends by setting it
// back, through the function itself. As long as that is not proven, no password
// that the account may have is thrown away: then the copy is kept.
package trial

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/authoring/api"
	"github.com/alberti-dev/alberti/authoring/bundle"
	"github.com/alberti-dev/alberti/secret"
)

// Config is what is tried, and how.
type Config struct {
	API      *api.Client
	Function bundle.Bundle
	Secret   string            // name or ARN of the one to try it on
	Role     string            // ARN of a role that there is; "" makes one for the trial
	Env      map[string]string // variables of the function
	Timeout  time.Duration     // of one step, 1 s to 900 s
	Accept   bool              // goes on where not all can be made as it was

	Say func(line string) // tells a person; no value of a secret is in it
	Now func() time.Time
}

// ErrRisk is the refusal of a trial after which not all would be as it was.
var ErrRisk = errors.New("not everything can be made as it was: see above, and say --yes to go on")

// trial is one under way.
type trial struct {
	Config
	original original
	scratch  scratch
	seen     secret.Scrubber // keeps what the function may have seen out of what it says
}

// Run tries a function out. It gives nil when all four steps succeeded, the
// password was set back, and nothing of the trial is left. When the context ends,
// the step under way is waited for, and then everything is put in order as always.
func Run(ctx context.Context, c Config) error {
	t := &trial{Config: c}
	for _, value := range c.Env {
		if len(value) >= 8 { // shorter ones are in every other word
			t.seen.Saw(value)
		}
	}
	if err := t.look(ctx); err != nil {
		return err
	}
	suffix := make([]byte, 4)
	rand.Read(suffix) // which never fails
	t.scratch = scratchOf(t.original, hex.EncodeToString(suffix))
	return t.run(ctx)
}

// run does what leaves traces. None of it is cut off half way: work outlives ctx.
func (t *trial) run(ctx context.Context) error {
	work := context.WithoutCancel(ctx)
	t.sayf("trying the function (%s, %s) on %s, a copy of %s", t.Function.Runtime, t.Function.Handler, t.scratch.secret, t.original.name)
	err := t.make(work)
	if err == nil {
		err = interruption(ctx)
	}
	if err == nil {
		err = t.prove(ctx)
	}
	if err == nil {
		err = t.rotate(ctx)
	}
	return errors.Join(err, t.remove(work))
}

var errInterrupted = errors.New("interrupted")

// rotate has the copy rotated and the account set back.
func (t *trial) rotate(ctx context.Context) error {
	work := context.WithoutCancel(ctx)
	t.sayf("%s gets another password now, and its own back at the end: until then, logins with %s are refused", t.original.account(), t.original.name)
	t.scratch.quiet = false
	began, err := t.start(work, t.scratch.token, true)
	if !began {
		return err
	}
	if err == nil {
		err = t.follow(ctx, t.scratch.token)
	}
	back := t.putBack(work)
	if back == nil {
		return err
	}
	t.scratch.keep = true
	t.alarm(back)
	return errors.Join(err, fmt.Errorf("the password was not set back: %s", t.seen.Text(back.Error())))
}

func (t *trial) sayf(format string, args ...any) { t.Say(fmt.Sprintf(format, args...)) }
