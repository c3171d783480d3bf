package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// strike starts the rotation and lets the strikes fall, until it has succeeded.
func (t *trial) strike(ctx context.Context) error {
	if err := t.due(); err != nil {
		return err
	}
	defer t.proxy.Watch(nil) // a moment that did not come is not to come later
	succeeded := false
	for _, s := range t.plan.strikes {
		var err error
		if succeeded, err = t.strikeOnce(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
		if succeeded {
			break
		}
	}
	if !succeeded {
		if err := t.begin(ctx); err != nil {
			return err
		}
		if _, err := t.await(ctx); err != nil {
			return err
		}
	}
	for i := range slices.Backward(t.outcomes) {
		if o := &t.outcomes[i]; !o.fired.IsZero() {
			o.recovery = time.Since(o.fired)
			break
		}
	}
	return nil
}

// due has the rotation start by itself, or makes up the token to ask for it.
func (t *trial) due() error {
	if !t.plan.scheduled {
		t.subject.begin()
		return nil
	}
	if err := t.server.stop(); err != nil {
		return err
	}
	t.subject.token, t.subject.acknowledged = "", true
	return t.makeDue()
}

// strikeOnce lets one strike fall. It tells whether the rotation has succeeded
// and the server lives: then there is nothing left to strike.
func (t *trial) strikeOnce(ctx context.Context, s strike) (succeeded bool, err error) {
	if s.point != "" && t.server.alive() {
		if err := t.server.stop(); err != nil {
			return false, err
		}
	}
	f := &fuse{strike: s, kill: t.server.kill}
	if s.match != nil {
		t.proxy.Watch(f.judge)
	}
	t.server.doom(s)
	if err := t.begin(ctx); err != nil {
		return false, err
	}
	if succeeded, err = t.await(ctx); err != nil {
		return false, err
	}
	if s.action != kill {
		t.outcomes = append(t.outcomes, outcome{strike: s, fired: f.firedAt()})
		return succeeded, nil
	}
	t.proxy.Watch(nil)
	survived, err := t.server.spare(f.kills())
	o := outcome{strike: s}
	if !survived {
		o.fired = t.server.process().At
	}
	t.outcomes = append(t.outcomes, o)
	return survived, err
}

// begin has a server run that was asked for the rotation; it may be dead again
// when this returns.
func (t *trial) begin(ctx context.Context) error {
	if !t.server.alive() {
		if listens, err := t.server.start(); err != nil || !listens {
			return err
		}
	}
	if t.subject.acknowledged {
		return nil
	}
	if err := t.subject.request(ctx); errors.Is(err, errRefused) {
		return err
	}
	return nil
}

// await waits until the rotation has succeeded, or the server is dead.
func (t *trial) await(ctx context.Context) (succeeded bool, err error) {
	err = eventually(ctx, "the rotation succeeds", func() (bool, error) {
		if !t.server.alive() {
			return true, t.server.wasKilled()
		}
		d, err := t.subject.describe(ctx)
		if err == nil && t.subject.token == "" {
			err = t.identify(ctx)
		}
		var h history
		if err == nil {
			h, err = t.subject.latest(ctx)
		}
		switch {
		case errors.Is(err, errRefused):
			return false, err
		case err != nil:
			return false, nil // it is about to be dead
		}
		succeeded = h.State == "succeeded"
		if d.LastRotatedDate != t.rotated && !succeeded {
			return false, fmt.Errorf("LastRotatedDate moved from %f to %f, but the rotation is %s", t.rotated, d.LastRotatedDate, h.State)
		}
		return succeeded, nil
	})
	return succeeded, err
}

// identify finds the token of a rotation that the schedule started.
func (t *trial) identify(ctx context.Context) error {
	all, err := t.subject.histories(ctx)
	if err == nil && len(all) > 0 && !slices.Contains(t.tokens, all[0].VersionID) {
		t.subject.token = all[0].VersionID
	}
	return err
}
