// Package replication keeps replicas equal to their primaries. What is to be
// copied stands in the store, written in the commit that made it necessary: a
// replicator that is killed at any point goes on from there. A replica catches
// up in one commit, with its status and the event of it: it has all of a change
// or nothing.
package replication

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// Config is what a replicator works with; every field but Reached is needed.
type Config struct {
	Store *store.Store
	Ring  *keyring.Ring
	// Committed is called after every change: there are events to ship.
	Committed func()
	Log       *slog.Logger
	// Reached hears of every point at which a crash is to be survived; tests
	// crash there.
	Reached func(Point)
}

// Point is a moment in the life of a replica.
type Point string

// The points.
const (
	Found   Point = "replica:found"   // there is something to copy
	Copying Point = "replica:copying" // the values are copied, and not committed
	Copied  Point = "replica:copied"  // they are
)

// Replicator copies secrets to other regions. Several on one PostgreSQL share
// the work: each holds the row of the primary while it copies, and finds nothing
// left to do where another was faster.
type Replicator struct{ Config }

// New makes a replicator; Run runs it.
func New(c Config) *Replicator {
	if c.Reached == nil {
		c.Reached = func(Point) {}
	}
	return &Replicator{c}
}

const (
	// The longest naps bound how long work that another server wrote, or a step
	// of the clock, goes unseen. Work of this server wakes the replicator.
	longestNap       = time.Minute
	longestSharedNap = 5 * time.Second

	batch   = 100
	workers = 4 // copies at a time, which share their commit on SQLite
)

// Run copies until the context ends. It returns when what was under way is done.
func (r *Replicator) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		nap, err := r.round(ctx)
		if err != nil && ctx.Err() == nil {
			r.Log.Error("replication", "error", err)
		}
		r.sleep(ctx, nap)
	}
	return nil
}

func (r *Replicator) sleep(ctx context.Context, nap time.Duration) {
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Store.Behind():
	case <-ctx.Done():
	}
}

// round copies everything that is due, and tells how long there will be nothing
// to do.
func (r *Replicator) round(ctx context.Context) (time.Duration, error) {
	for {
		behind, err := r.behind(ctx)
		if err != nil {
			return longestSharedNap, err
		}
		if len(behind) == 0 {
			return r.untilNext(ctx)
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(workers)
		for _, b := range behind {
			group.Go(func() error { return r.catchUp(ctx, b) })
		}
		if err := group.Wait(); err != nil {
			return longestSharedNap, err
		}
	}
}

// Settle copies what is due by now, and tells when there will next be something
// to copy: zero when nothing is planned.
func (r *Replicator) Settle(ctx context.Context) (next time.Time, err error) {
	if _, err := r.round(ctx); err != nil {
		return time.Time{}, err
	}
	err = r.Store.View(ctx, func(tx *store.Tx) error {
		next, err = tx.NextReplica()
		return err
	})
	return next, err
}

func (r *Replicator) behind(ctx context.Context) (found []*secret.Replica, err error) {
	err = r.Store.View(ctx, func(tx *store.Tx) error {
		found, err = tx.BehindReplicas(batch)
		return err
	})
	return found, err
}

func (r *Replicator) untilNext(ctx context.Context) (time.Duration, error) {
	nap := longestSharedNap
	if r.Store.Exclusive() {
		nap = longestNap
	}
	err := r.Store.View(ctx, func(tx *store.Tx) error {
		next, err := tx.NextReplica()
		if err == nil && !next.IsZero() {
			nap = min(nap, max(next.Sub(tx.Now()), 0))
		}
		return err
	})
	return nap, err
}
