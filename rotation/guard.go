package rotation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/alberti-dev/alberti/journal"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// guard is the Guard of one attempt.
type guard struct {
	runner  *Runner
	attempt *attempt
	host    string // what was claimed, or is waited for, as the store knows it
	marked  bool   // this attempt marked the version as sent
	sent    bool
	ahead   Target // claimed in createSecret, and not asked for yet
}

// Claim implements Guard.
func (g *guard) Claim(ctx context.Context, t Target) error {
	ahead := g.ahead
	g.ahead = Target{}
	if t == ahead {
		return nil
	}
	g.host = hashed(t.Host)
	err := g.runner.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.attempt.save(tx); err != nil {
			return err
		}
		return g.claim(tx, g.attempt.Job, t)
	})
	if err == nil {
		g.runner.saved(g.attempt)
		g.runner.Reached("account claimed")
	}
	return err
}

func (g *guard) claim(tx *store.Tx, job *secret.Job, t Target) error {
	fresh, err := tx.ClaimAccount(job, hashed(t.Account), hashed(t.Host), g.runner.PerHost)
	g.marked = g.marked || fresh
	return err
}

// Foresee implements Guard. The row says then that setSecret began, which is what
// a runner that takes it up goes by, and createSecret is in the history already.
func (g *guard) Foresee(ctx context.Context, t Target) context.Context {
	job := *g.attempt.Job
	kept := secret.StepRecord{JobID: job.ID, Attempt: job.Attempt, Step: job.Step, Started: g.runner.Store.Now()}
	job.Step = secret.SetSecret
	return store.Along(ctx, func(tx *store.Tx) error {
		kept.Took = tx.Now().Sub(kept.Started)
		if err := tx.PutStep(kept); err != nil {
			return err
		}
		if err := tx.SaveJob(&job, job.Lease); err != nil {
			return err
		}
		return g.claim(tx, &job, t)
	}, func() {
		g.ahead, g.host = t, job.Host
		g.attempt.Account, g.attempt.Host = job.Account, job.Host
		g.runner.Reached("account claimed")
	})
}

// unguarded is Claim and Sending for a function that will call neither: the row
// says that setSecret began, and the mark that the value may be in force
// somewhere.
func (g *guard) unguarded(ctx context.Context) error {
	err := g.runner.Store.Update(ctx, func(tx *store.Tx) error {
		if err := g.attempt.save(tx); err != nil {
			return err
		}
		return tx.SentAnywhere(g.attempt.SecretKey, g.attempt.Token)
	})
	if err == nil {
		g.sent = true
		g.runner.saved(g.attempt)
	}
	return err
}

// unmark takes the mark off a version that this attempt marked and did not send, or
// that the target refused for good. Claims may have been made before one was taken.
func (g *guard) unmark(tx *store.Tx, sec *secret.Secret, refused bool) error {
	if refused || g.marked && !g.sent {
		return tx.NeverSent(sec.Key, g.attempt.Token)
	}
	return nil
}

// Sending implements Guard.
func (g *guard) Sending(ctx context.Context, v secret.Value) error {
	e := journal.Entry{Version: g.attempt.Token, Sent: g.runner.Store.Now(), Value: v}
	g.runner.Reached("keeping")
	if err := g.runner.Journal.Keep(ctx, g.attempt.secretARN, e); err != nil {
		return err
	}
	g.sent = true
	g.runner.Reached("kept")
	return nil
}

// Sent implements Guard.
func (g *guard) Sent(ctx context.Context) ([]secret.Value, error) {
	entries, err := g.runner.Journal.Entries(ctx, g.attempt.secretARN)
	var out []secret.Value
	for _, e := range entries {
		out = append(out, e.Value)
	}
	return out, err
}

// told is when the target was first told of the value that it has now, zero when
// that is not known. A value is sent again only where it was refused before.
func (g *guard) told(ctx context.Context) (time.Time, error) {
	entries, err := g.runner.Journal.Entries(ctx, g.attempt.secretARN)
	for _, e := range entries {
		if e.Version == g.attempt.Token {
			return e.Sent, err
		}
	}
	return time.Time{}, err
}

// hashed is how a part of a secret's value may lie in the store.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
