package app

import (
	"context"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/store"
	"github.com/alberti-dev/alberti/testclock"
)

// workers are all that act by themselves when their time has come. A walk of the
// clock goes through their moments and waits for each of them (testclock.Worker).
func (a *App) workers() []testclock.Worker {
	return []testclock.Worker{
		a.remover.remove, // first: what is gone has no more attempts
		a.replicator.Settle,
		a.runner.Settle,
		a.functions.Settle,
	}
}

// resumeClock has the clock go on from where the store's dates were made, so
// that time never goes back for a store. Where a test clock was ahead, only --dev
// can do that.
func (a *App) resumeClock(ctx context.Context) error {
	var ahead time.Duration
	err := a.store.View(ctx, func(tx *store.Tx) (err error) {
		ahead, err = tx.ClockAhead()
		return err
	})
	if err != nil {
		return err
	}
	if ahead > 0 && !a.config.Dev {
		return fmt.Errorf("the clock of this store was put ahead with --dev, by %v: its dates lie in the future, so start it with --dev", ahead.Round(time.Second))
	}
	a.clock.Resume(ahead)
	if a.config.Dev {
		a.config.Log.Warn("--dev: whoever is on this machine can move the clock of this server; never do so in production",
			"now", a.store.Now().Format(time.RFC3339))
	}
	return nil
}

// keepAhead makes durable how far ahead the clock is going to be.
func (a *App) keepAhead(ctx context.Context, ahead time.Duration) error {
	return a.store.Update(ctx, func(tx *store.Tx) error { return tx.SetClockAhead(ahead) })
}

func (a *App) newDevClock() *devClock {
	d := &devClock{mover: testclock.NewMover(a.clock, a.keepAhead, a.workers()...), store: a.store, log: a.config.Log}
	d.stopping, d.stop = context.WithCancel(context.Background())
	return d
}
