package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/internal/targets"
	"github.com/alberti-dev/alberti/secret"
)

// atATime is how many rotations of an engine run at once.
const atATime = 4

// engineFigures are what came of one engine and strategy.
type engineFigures struct {
	name, strategy string
	ours, raw      float64 // rotations a second
	gaps           []time.Duration
	rotations      int
}

// engines measures rotations of every engine whose server can be had, beside what
// the engine's own statements take: a login, the change, and a login with the new
// password.
func (b *bench) engines(ctx context.Context) error {
	all, err := targets.Wanted()
	if err != nil {
		return err
	}
	b.out.enginesHead(b.engineUsers, atATime)
	for _, t := range all {
		if err := b.engine(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
	}
	return nil
}

func (b *bench) engine(ctx context.Context, t targets.Target) (err error) {
	s, err := t.Start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	run := &target{data: filepath.Join(b.dir, "engine-"+t.Name)}
	if err := run.serve(ctx, b.program, "--rotation-workers", fmt.Sprint(atATime), "--rotation-per-host", fmt.Sprint(atATime)); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.close()) }()
	if err := run.create("admin", s.Value(s.Admin, s.AdminPassword), ""); err != nil {
		return err
	}
	e := &engineRun{target: run, of: t, server: s, users: b.engineUsers}
	raw, err := e.raw(ctx)
	if err != nil {
		return err
	}
	for _, s := range []struct{ strategy, function string }{{"single", t.Single}, {"alternating", t.Alternating}} {
		if s.function == "" {
			continue
		}
		f, err := e.rotations(ctx, s.strategy, s.function)
		if err != nil {
			return fmt.Errorf("%s: %w", s.strategy, err)
		}
		f.name, f.raw = t.Name, raw
		b.out.engine(f)
	}
	return nil
}

// engineRun is an engine's server, and Alberti's, at work.
type engineRun struct {
	*target
	of     targets.Target
	server *targets.Server
	users  int
}

// create makes a secret of a value.
func (t *target) create(name string, value map[string]any, administrator string) error {
	if administrator != "" {
		value["masterarn"] = administrator
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return t.call("secretsmanager.CreateSecret", map[string]any{"Name": name, "ClientRequestToken": newToken(), "SecretString": string(text)}, nil)
}

// raw changes the passwords of users with the engine alone, in changes a second.
func (e *engineRun) raw(ctx context.Context) (float64, error) {
	users := make([]string, e.users)
	first := "First-" + rand.Text()[:16]
	for i := range users {
		users[i] = fmt.Sprintf("raw%03d", i)
		if err := e.server.User(ctx, users[i], first); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for _, user := range users {
		group.Go(func() error { return e.change(ctx, user, first, "Second-"+rand.Text()[:16]) })
	}
	err := group.Wait()
	return float64(e.users) / time.Since(began).Seconds(), err
}

// change is the least that a change of password takes.
func (e *engineRun) change(ctx context.Context, user, old, password string) error {
	who, with := user, old
	if e.server.ByAdmin {
		who, with = e.server.Admin, e.server.AdminPassword
	}
	session, err := e.of.Login(ctx, e.server.Value(who, with))
	if err != nil {
		return err
	}
	err = session.SetPassword(ctx, user, secret.Text(password))
	if err := errors.Join(err, session.Close()); err != nil {
		return err
	}
	again, err := e.of.Login(ctx, e.server.Value(user, password))
	if err != nil {
		return err
	}
	return errors.Join(again.Test(ctx, ""), again.Close())
}

// rotations has every user's secret rotated twice: the second time is measured,
// since the first makes what stays, as second users and journals.
func (e *engineRun) rotations(ctx context.Context, strategy, function string) (engineFigures, error) {
	f := engineFigures{strategy: strategy, rotations: e.users}
	administrator := ""
	if strategy == "alternating" || e.server.ByAdmin {
		administrator = "admin"
	}
	names := make([]string, e.users)
	for i := range names {
		names[i] = fmt.Sprintf("%s%03d", strategy[:2], i)
		first := "First-" + rand.Text()[:16]
		if err := e.server.User(ctx, names[i], first); err != nil {
			return f, err
		}
		if err := e.create(names[i], e.server.Value(names[i], first), administrator); err != nil {
			return f, err
		}
	}
	if _, err := e.rotateAll(ctx, names, function); err != nil {
		return f, err
	}
	took, err := e.rotateAll(ctx, names, function)
	if err != nil {
		return f, err
	}
	f.ours = float64(e.users) / took.Seconds()
	for _, name := range names {
		gap, err := e.gap(name)
		if err != nil {
			return f, err
		}
		f.gaps = append(f.gaps, gap)
	}
	return f, nil
}

// rotateAll rotates secrets once and gives how long all took.
func (e *engineRun) rotateAll(ctx context.Context, names []string, function string) (time.Duration, error) {
	last := make([]float64, len(names))
	for i, name := range names {
		var err error
		if last[i], err = e.rotated(name); err != nil {
			return 0, err
		}
	}
	began := time.Now()
	for _, name := range names {
		if err := e.rotate(name, function); err != nil {
			return 0, err
		}
	}
	for i, name := range names {
		if err := e.await(ctx, name, last[i], askEvery); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// gap is that of a secret's last rotation, zero when it had none.
func (e *engineRun) gap(name string) (time.Duration, error) {
	var out struct {
		History []struct{ GapMilliseconds float64 }
	}
	err := e.call("alberti.DescribeRotation", map[string]any{"SecretId": name}, &out)
	if err != nil || len(out.History) == 0 {
		return 0, errors.Join(err, errors.New("no history"))
	}
	return time.Duration(out.History[0].GapMilliseconds * float64(time.Millisecond)), nil
}
