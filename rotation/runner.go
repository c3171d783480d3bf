// Package rotation runs rotations: it starts those that are due, invokes their
// functions step by step, and writes down after each step how they stand. All
// that it knows is in the store: killed at any point, it goes on from there
// (doc/rotation.md).
package rotation

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/journal"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// Config is what a runner works with; every field but Reached and Hold is needed.
type Config struct {
	Store *store.Store
	// Function finds a rotation function by its ARN.
	Function func(arn string) (Function, bool)
	// Committed is called after every change: there may be events to ship.
	Committed func()
	Journal   *journal.Journal // where values are kept before a target hears of them
	Workers   int              // rotations at a time
	PerHost   int              // likewise, on one host
	Lease     time.Duration    // how long a silent runner keeps a rotation
	Step      time.Duration    // the longest that a step of a function without a limit of its own may take
	Retry     time.Duration    // the pause after the first failure; it doubles, up to an hour
	Attempts  int              // of one rotation, before it waits for a person
	Log       *slog.Logger
	// Reached hears of every point at which a crash is to be survived; tests
	// crash there.
	Reached func(Point)
	// Hold keeps the store's clock from being put forward until release is called;
	// nil where nobody does that. A rotation under way holds it: its lease is
	// renewed in real time.
	Hold func() (release func())
}

// Point is a moment in the life of a rotation, such as "invoked:setSecret".
type Point string

// Runner runs rotations. Several on one store share the work.
type Runner struct {
	Config
	wake    chan struct{}
	workers sync.WaitGroup
	idle    chan struct{} // a token per worker
	asks    chan chan settled
	waiting []chan settled // of the loop: who waits for it to settle
}

// New makes a runner; Run runs it.
func New(c Config) *Runner {
	r := &Runner{Config: c, wake: make(chan struct{}, 1), idle: make(chan struct{}, c.Workers), asks: make(chan chan settled)}
	for range c.Workers {
		r.idle <- struct{}{}
	}
	if r.Reached == nil {
		r.Reached = func(Point) {}
	}
	if r.Hold == nil {
		r.Hold = func() func() { return func() {} }
	}
	return r
}

// Wake has the runner look for work now.
func (r *Runner) Wake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

const (
	// The longest naps bound how long work that another server wrote, or a step
	// of the clock, goes unseen. Work of this server wakes the runner.
	longestNap       = time.Minute
	longestSharedNap = 5 * time.Second
	// grace is how long a rotation under way may go on when the runner is told
	// to stop: between the change in the target and the move of the label is the
	// worst moment to leave it.
	grace = 8 * time.Second
)

// Run runs rotations until the context ends; then it starts no more, lets those
// under way end their attempt, and returns.
func (r *Runner) Run(ctx context.Context) error {
	hard, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	for ctx.Err() == nil {
		nap, err := r.round(ctx, hard)
		if err != nil && ctx.Err() == nil {
			r.Log.Error("looking for rotations", "error", err)
		}
		r.tellSettled(ctx, err)
		r.sleep(ctx, nap)
	}
	timer := time.AfterFunc(grace, stop)
	defer timer.Stop()
	r.workers.Wait()
	return nil
}

func (r *Runner) sleep(ctx context.Context, nap time.Duration) {
	timer := time.NewTimer(nap)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.wake:
	case ask := <-r.asks:
		r.waiting = append(r.waiting, ask)
	case <-ctx.Done():
	}
}

// round starts what is due and puts idle workers to work. It tells how long
// there will be nothing to do. Most rounds find nothing, at the cost of one look.
func (r *Runner) round(ctx, hard context.Context) (nap time.Duration, err error) {
	if nap, err = r.untilNext(ctx); err != nil || nap > 0 {
		return nap, err
	}
	for more := true; more; {
		if more, err = r.startDue(ctx, hard); err != nil {
			return longestSharedNap, err
		}
		if err := r.assignAll(ctx, hard); err != nil {
			return longestSharedNap, err
		}
	}
	return r.untilNext(ctx)
}

// untilNext is how long there is nothing to do, zero when there is.
func (r *Runner) untilNext(ctx context.Context) (time.Duration, error) {
	nap := longestSharedNap
	if r.Store.Exclusive() {
		nap = longestNap
	}
	next, now, err := r.nextDue(ctx)
	if !next.IsZero() {
		nap = min(nap, max(next.Sub(now), 0))
	}
	return nap, err
}

// nextDue is when there is something to do next, as seen now; zero when nothing
// is planned. While no worker is idle attempts do not count: one that gets idle
// wakes the runner.
func (r *Runner) nextDue(ctx context.Context) (next, now time.Time, err error) {
	err = r.Store.View(ctx, func(tx *store.Tx) (err error) {
		look := tx.NextDue
		if len(r.idle) == 0 {
			look = tx.NextStart
		}
		now = tx.Now()
		next, err = look()
		return err
	})
	return next, now, err
}

// assignAll has the idle workers run what is ready.
func (r *Runner) assignAll(ctx, hard context.Context) error {
	for {
		if busy, err := r.assign(ctx, hard); err != nil || !busy {
			return err
		}
	}
}

// assign has an idle worker run a rotation that is ready. It tells whether
// there may be more to assign.
func (r *Runner) assign(ctx, hard context.Context) (bool, error) {
	select {
	case <-r.idle:
	default:
		return false, nil // a worker that gets idle wakes the runner
	}
	release := r.Hold()
	var job *secret.Job
	err := r.Store.Update(hard, func(tx *store.Tx) (err error) {
		job, err = r.claim(tx)
		return err
	})
	if err != nil || job == nil {
		release()
		r.idle <- struct{}{}
		return false, err
	}
	r.workers.Go(func() {
		defer r.Wake()
		defer func() { r.idle <- struct{}{} }()
		defer release()
		for job != nil {
			job = r.attempt(ctx, hard, job)
		}
	})
	return true, nil
}

// claim leases the next rotation that is ready, nil when none is, under a name
// that nobody else has. The name is also its RotationToken.
func (r *Runner) claim(tx *store.Tx) (*secret.Job, error) {
	return tx.ClaimJob(uuid.NewString(), tx.Now().Add(r.Lease))
}

// attempt makes one attempt of a rotation, and gives the next rotation that is
// ready: its claim is in the commit that ends this one, unless ctx has ended.
func (r *Runner) attempt(ctx, hard context.Context, job *secret.Job) (next *secret.Job) {
	r.Reached("claimed")
	a := r.begin(hard, job)
	if a == nil {
		return nil
	}
	a.last = func() bool { return ctx.Err() != nil }
	r.work(hard, a)
	return a.next
}
