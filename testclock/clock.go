// Package testclock is a clock that can be put forward, so that what takes
// months can be tried out in seconds.
//
// Advancing it is no jump. The walk (walk.go) stops at every moment at which
// something is due, lets the workers do it, and only then goes on: ninety days
// of a daily schedule are ninety rotations, each on its day, with its failures
// tried again when they would have been. The work itself takes real time, during
// which the clock runs on as any other.
package testclock

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// farthest is how far ahead a clock may be put: beyond it dates would no longer
// fit where they are kept.
const farthest = 100 * 365 * 24 * time.Hour

// Clock is some time ahead of another clock, by which it runs. It never goes
// back.
type Clock struct {
	real  func() time.Time
	ahead atomic.Int64
	holds *semaphore.Weighted // who moves the clock takes all there are
}

const allHolds = 1 << 30

// New makes a clock that runs by another, and is not ahead of it yet.
func New(real func() time.Time) *Clock {
	return &Clock{real: real, holds: semaphore.NewWeighted(allHolds)}
}

// Now is the time on this clock.
func (c *Clock) Now() time.Time { return c.real().Add(c.Ahead()) }

// Ahead is how far the clock is ahead of the real one.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Resume has a clock go on that was so far ahead when it was last seen.
func (c *Clock) Resume(ahead time.Duration) { c.ahead.Store(int64(max(ahead, 0))) }

// Hold keeps the clock from being moved until release is called; it runs on. A
// rotation holds it from its claim to its end: its lease is renewed in real time
// and would run out under a clock that is moved.
func (c *Clock) Hold() (release func()) {
	_ = c.holds.Acquire(context.Background(), 1) // which fails only with its context
	return func() { c.holds.Release(1) }
}

// move puts the clock forward to a moment, as soon as nobody holds it. keep
// hears first how far ahead that will be, and may refuse. A moment that has come
// already changes nothing.
func (c *Clock) move(ctx context.Context, to time.Time, keep func(ctx context.Context, ahead time.Duration) error) error {
	if err := c.holds.Acquire(ctx, allHolds); err != nil {
		return err
	}
	defer c.holds.Release(allHolds)
	ahead := to.Sub(c.real())
	if ahead <= c.Ahead() {
		return nil
	}
	if err := keep(ctx, ahead); err != nil {
		return err
	}
	c.ahead.Store(int64(ahead))
	return nil
}

// check refuses a time that the clock cannot be put to.
func (c *Clock) check(to time.Time) error {
	if now := c.Now(); to.Before(now) {
		return RefusedError(fmt.Sprintf("the clock stands at %s and only goes forward: "+
			"dates that are in the store already would lie in the future", show(now)))
	}
	if latest := c.real().Add(farthest); to.After(latest) {
		return RefusedError(fmt.Sprintf("the clock goes up to %s", show(latest)))
	}
	return nil
}

func show(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// RefusedError is why a clock cannot be moved as it was asked to.
type RefusedError string

// Error implements error.
func (e RefusedError) Error() string { return string(e) }
