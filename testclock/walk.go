package testclock

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Worker is somebody whose work comes with time, as the walk sees it. It has all
// done that is due by now, waits until that is done, and tells when it will next
// have something to do: zero when nothing is planned. It may leave nothing due
// without an error.
type Worker func(ctx context.Context) (next time.Time, err error)

// Mover moves a clock, one move at a time.
type Mover struct {
	clock   *Clock
	keep    func(ctx context.Context, ahead time.Duration) error
	workers []Worker
	turn    chan struct{} // held by the move under way
}

// NewMover makes the mover of a clock for all workers that go by it. keep is
// called before every move with how far ahead the clock will be.
func NewMover(c *Clock, keep func(ctx context.Context, ahead time.Duration) error, workers ...Worker) *Mover {
	return &Mover{clock: c, keep: keep, workers: workers, turn: make(chan struct{}, 1)}
}

// Set moves the clock to a time at once, as if the server had slept until then,
// and has done what is due there. A time that is past is a RefusedError.
func (m *Mover) Set(ctx context.Context, to time.Time) error {
	return m.alone(ctx, func() error {
		if err := m.clock.check(to); err != nil {
			return err
		}
		if _, err := m.settle(ctx); err != nil {
			return err
		}
		if err := m.clock.move(ctx, to, m.keep); err != nil {
			return err
		}
		_, err := m.settle(ctx)
		return err
	})
}

// Advance walks the clock forward: from one moment at which something is due to
// the next, until the time by has passed and what is due then is done. When the
// context ends the clock stays where the walk has come to.
func (m *Mover) Advance(ctx context.Context, by time.Duration) error {
	return m.alone(ctx, func() error {
		to := m.clock.Now().Add(by)
		if err := m.clock.check(to); err != nil {
			return err
		}
		for {
			next, err := m.settle(ctx)
			if err != nil {
				return err
			}
			if !m.clock.Now().Before(to) {
				return nil
			}
			if next.IsZero() || next.After(to) {
				next = to
			}
			if err := m.clock.move(ctx, next, m.keep); err != nil {
				return err
			}
		}
	})
}

func (m *Mover) alone(ctx context.Context, move func() error) error {
	select {
	case m.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.turn }()
	return move()
}

// settle has every worker do what is due by now and tells what comes first then,
// zero when nothing does. What one did may be work for another, so all are asked
// until none has anything new to tell.
func (m *Mover) settle(ctx context.Context) (first time.Time, err error) {
	began := m.clock.Now()
	var nexts, before []time.Time
	for nexts == nil || !slices.EqualFunc(nexts, before, time.Time.Equal) {
		before, nexts = nexts, make([]time.Time, len(m.workers))
		for i, settle := range m.workers {
			if nexts[i], err = settle(ctx); err != nil {
				return time.Time{}, err
			}
		}
	}
	for _, next := range nexts {
		if !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	if !first.IsZero() && !first.After(began) {
		return first, fmt.Errorf("what was due at %s has not been done", show(first))
	}
	return first, nil
}
