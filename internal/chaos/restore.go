package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// A restore is one of the three ways in which AWS's own functions lose a
// credential for good.
type restore struct {
	name  string
	depth int  // how many rotations old the backup is
	kill  bool // a server is killed in between, too
	do    func(ctx context.Context, t *trial, r restore) error
}

const restored action = "restore"

// restorations are all restores, with backups up to so many rotations old.
func restorations(depth int) (all []restore) {
	for _, kill := range []bool{false, true} {
		all = append(all, restore{name: "AWSPENDING taken off after setSecret", kill: kill, do: takeOff})
		for n := range depth {
			all = append(all, restore{name: "store from an older backup", depth: n + 1, kill: kill, do: restoreStore})
		}
	}
	for n := range depth {
		all = append(all, restore{name: "database from an older backup", depth: n + 1, do: restoreDatabase})
	}
	return all
}

// restores does every restore with every strategy.
func restores(ctx context.Context, w *world, r *report, o options) error {
	var group errgroup.Group
	group.SetLimit(o.lanes)
	for i, restore := range restorations(o.depth) {
		for _, strategy := range []strategy{single, alternating, superuser} {
			group.Go(func() error {
				if ctx.Err() != nil {
					return nil
				}
				p := plan{strategy: strategy, earlier: 2}
				t, err := newTrial(w, p, fmt.Sprintf("restore-%d-%s", i, strategy))
				if err != nil {
					return err
				}
				err = t.restore(ctx, restore)
				t.close(o.keep || err != nil)
				what := fmt.Sprintf("%s: %s, %d rotations old, killed too: %v\n  data: %s\n  replay: -kills 0",
					strategy, restore.name, restore.depth, restore.kill, filepath.Base(t.server.data))
				r.add(what, t.outcomes, err)
				return nil
			})
		}
	}
	return group.Wait()
}

// restore does one, and holds that a rotation brings store and database together
// again, at its first attempt, and the next one too.
func (t *trial) restore(ctx context.Context, r restore) error {
	if err := t.setUp(ctx); err != nil {
		return fmt.Errorf("before: %w", err)
	}
	o := outcome{strike: strike{moment: moment{name: r.name}, action: restored}, fired: time.Now()}
	defer func() { t.outcomes = append(t.outcomes, o) }()
	if err := r.do(ctx, t, r); err != nil {
		return err
	}
	began := time.Now()
	if err := t.rotate(ctx, t.subject); err != nil {
		return err
	}
	o.recovery = time.Since(began)
	if err := t.together(ctx); err != nil {
		return err
	}
	if err := t.goesOn(ctx); err != nil {
		return err
	}
	return t.leaks()
}

// together holds that AWSCURRENT is the latest rotation's and logs in, and that
// nothing is pending.
func (t *trial) together(ctx context.Context) error {
	version, now, err := t.subject.value(ctx, "AWSCURRENT")
	if err != nil {
		return err
	}
	t.saw(now.Password)
	if version != t.subject.token {
		return fmt.Errorf("AWSCURRENT is on %s, the rotation made %s", version, t.subject.token)
	}
	if err := t.enter(ctx, now); err != nil {
		return fmt.Errorf("AWSCURRENT does not log in: %w", err)
	}
	return t.nothingPending(ctx, t.subject)
}

// takeOff has somebody take AWSPENDING off when the database has the new password
// and the rotation cannot go on. Nobody asks for the recovery.
func takeOff(ctx context.Context, t *trial, r restore) error {
	var changed atomic.Bool
	t.proxy.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Kind == pgproxy.Opening && changed.Load() {
			return pgproxy.Verdict{Fate: pgproxy.Lost} // no login any more
		}
		if change(f) {
			changed.Store(true)
		}
		return pgproxy.Verdict{}
	})
	t.subject.begin()
	if err := t.subject.request(ctx); err != nil {
		return err
	}
	err := eventually(ctx, "testSecret fails", func() (bool, error) {
		h, err := t.subject.latest(ctx)
		return slices.ContainsFunc(h.Steps, func(s step) bool { return s.Step == "testSecret" && s.Error != "" }), err
	})
	if err != nil {
		return err
	}
	if t.plan.strategy != alternating && !t.refuses(ctx, t.current) {
		return errors.New("the pending password is not in force")
	}
	err = t.server.call(ctx, "secretsmanager.UpdateSecretVersionStage", map[string]any{
		"SecretId": t.subject.name, "VersionStage": "AWSPENDING", "RemoveFromVersionId": t.subject.token,
	}, &empty{})
	if err != nil {
		return err
	}
	if r.kill {
		t.server.kill()
	}
	t.proxy.Watch(nil)
	if r.kill {
		if _, err := t.server.start(); err != nil {
			return err
		}
	}
	return t.recovers(ctx)
}

// recovers waits for a rotation that nobody asked for.
func (t *trial) recovers(ctx context.Context) error {
	given := t.subject.token
	err := eventually(ctx, "the recovery succeeds", func() (bool, error) {
		all, err := t.subject.histories(ctx)
		if err != nil || len(all) == 0 || all[0].VersionID == given {
			return false, err
		}
		t.subject.token = all[0].VersionID
		return all[0].Cause == "recovery" && all[0].State == "succeeded", nil
	})
	if err != nil {
		return err
	}
	return t.together(ctx)
}

// restoreStore puts a copy of the store back that is some rotations old; the
// journal stays. With a kill, the last of those has changed the password, and
// not yet moved the label.
func restoreStore(ctx context.Context, t *trial, r restore) error {
	if err := t.server.stop(); err != nil {
		return err
	}
	path := filepath.Join(t.server.data, "alberti.db")
	backup, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if _, err := t.server.start(); err != nil {
		return err
	}
	for n := range r.depth {
		if r.kill && n == r.depth-1 {
			err = t.dieAfterChange(ctx)
		} else {
			err = t.rotate(ctx, t.subject)
		}
		if err != nil {
			return err
		}
	}
	if t.server.alive() {
		if err := t.server.stop(); err != nil {
			return err
		}
	}
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.RemoveAll(path + end); err != nil {
			return err
		}
	}
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		return err
	}
	_, err = t.server.start()
	return err
}

// dieAfterChange begins a rotation and kills the server between the change in the
// database and the move of the label.
func (t *trial) dieAfterChange(ctx context.Context) error {
	if err := t.server.stop(); err != nil {
		return err
	}
	t.server.doom(strike{moment: moment{point: "saved:setSecret"}, nth: 1})
	if _, err := t.server.start(); err != nil {
		return err
	}
	t.subject.begin()
	if err := t.subject.request(ctx); errors.Is(err, errRefused) {
		return err
	}
	<-t.server.process().Ended
	_, err := t.server.spare(true)
	return err
}

// restoreDatabase puts the passwords of the users back to what they were some
// rotations ago.
func restoreDatabase(ctx context.Context, t *trial, r restore) error {
	var old []login
	for _, label := range []string{"AWSCURRENT", "AWSPREVIOUS"} {
		_, l, err := t.subject.value(ctx, label)
		if err != nil {
			return err
		}
		old = append(old, l)
	}
	if t.plan.strategy != alternating {
		old = old[:1]
	}
	for range r.depth {
		if err := t.rotate(ctx, t.subject); err != nil {
			return err
		}
	}
	for _, l := range old {
		if err := t.setPassword(ctx, l.User, l.Password); err != nil {
			return err
		}
	}
	_, now, err := t.subject.value(ctx, "AWSCURRENT")
	if err == nil && !t.refuses(ctx, now) {
		err = errors.New("the database has not gone back")
	}
	return err
}
