package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/alberti-dev/alberti/internal/targets"
)

// atATime is how many rotations of an engine run at once.
const atATime = 4

// engineFigures are what came of one engine and strategy.
type engineFigures struct {
	name, strategy string
	ours, raw      []float64 // rotations a second, of each round
	gaps           []time.Duration
}

// engines measures rotations of every engine whose server can be had, beside what
// the engine's own statements take: a login, the change, and a login with the new
// password.
func (b *bench) engines(ctx context.Context) error {
	all, err := targets.Wanted()
	if err != nil {
		return err
	}
	b.out.enginesHead(b.engineUsers, b.rounds, atATime)
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
	e := &engineRun{target: run, of: t, server: s, users: b.engineUsers, rounds: b.rounds}
	for _, s := range []struct{ strategy, function string }{{"single", t.Single}, {"alternating", t.Alternating}} {
		if s.function == "" {
			continue
		}
		f, err := e.measure(ctx, s.strategy, s.function)
		if err != nil {
			return fmt.Errorf("%s: %w", s.strategy, err)
		}
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
	rounds int
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

// measure has every user's secret rotated and changes as many passwords with the
// engine alone, in turn. The first rotation is not measured: it makes what stays,
// as second users and journals.
func (e *engineRun) measure(ctx context.Context, strategy, function string) (engineFigures, error) {
	f := engineFigures{name: e.of.Name, strategy: strategy}
	raw := &raw{engineRun: e, byAdmin: strategy == "alternating" || e.server.ByAdmin}
	names := make([]string, e.users)
	for i := range names { // in turn: a server may look longer for users that were made later
		names[i] = fmt.Sprintf("%s%03d", strategy[:2], i)
		if err := errors.Join(e.secret(ctx, names[i], raw.byAdmin), raw.add(ctx, "raw"+names[i])); err != nil {
			return f, err
		}
	}
	if _, err := e.rotateAll(ctx, names, function); err != nil {
		return f, err
	}
	for range e.rounds {
		took, err := e.rotateAll(ctx, names, function)
		if err != nil {
			return f, err
		}
		gaps, err := e.gaps(names)
		if err != nil {
			return f, err
		}
		tookRaw, err := raw.changeAll(ctx)
		if err != nil {
			return f, fmt.Errorf("raw: %w", err)
		}
		f.gaps = append(f.gaps, gaps...)
		f.ours, f.raw = append(f.ours, float64(e.users)/took.Seconds()), append(f.raw, float64(e.users)/tookRaw.Seconds())
	}
	return f, nil
}

// secret makes a user, and a secret of the same name.
func (e *engineRun) secret(ctx context.Context, name string, byAdmin bool) error {
	administrator, first := "", newPassword()
	if byAdmin {
		administrator = "admin"
	}
	if err := e.server.User(ctx, name, first); err != nil {
		return err
	}
	return e.create(name, e.server.Value(name, first), administrator)
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
		if _, err := e.await(ctx, name, last[i], askEvery); err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}

// gaps are those of the secrets' last rotations, zero where there was none.
func (e *engineRun) gaps(names []string) ([]time.Duration, error) {
	out := make([]time.Duration, len(names))
	for i, name := range names {
		var d struct {
			History []struct{ GapMilliseconds float64 }
		}
		if err := e.call("alberti.DescribeRotation", map[string]any{"SecretId": name}, &d); err != nil {
			return nil, err
		}
		if len(d.History) == 0 {
			return nil, fmt.Errorf("%s has no history", name)
		}
		out[i] = time.Duration(d.History[0].GapMilliseconds * float64(time.Millisecond))
	}
	return out, nil
}
