package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// retry is the pause after a first failed attempt, which doubles, and the step's
// limits are those of the servers here.
const (
	retry          = 100 * time.Millisecond
	stepLimit      = 20 * time.Second
	stepWhenFrozen = time.Second
)

// trial is one case under way.
type trial struct {
	*world
	plan    plan
	server  *server
	proxy   *pgproxy.Proxy
	subject *subject
	admin   *subject // of alternating users: the administrator's secret
	users   []string // of the database, whom this is about
	seen    []string // their passwords

	current  login    // AWSCURRENT before the rotation that is struck
	rotated  float64  // LastRotatedDate before it
	tokens   []string // of the rotations before it
	outcomes []outcome
}

// outcome is what became of a strike.
type outcome struct {
	strike
	fired    time.Time     // zero when the rotation was over before its moment came
	recovery time.Duration // to the end of the rotation, zero when another strike came first
}

// newTrial prepares a case in a directory of its own.
func newTrial(w *world, p plan, name string) (*trial, error) {
	proxy, err := pgproxy.Start(w.pg.Host, w.pg.Port)
	if err != nil {
		return nil, err
	}
	s := &server{binaries: w.binaries, data: filepath.Join(w.dir, name), args: arguments(stepLimit)}
	if p.frozen() {
		s.args = arguments(stepWhenFrozen)
	}
	return &trial{world: w, plan: p, server: s, proxy: proxy}, nil
}

func arguments(step time.Duration) []string {
	return []string{"--rotation-retry", retry.String(), "--rotation-step-timeout", step.String()}
}

// close ends what runs, and removes the data unless it is to be looked at.
func (t *trial) close(keep bool) {
	t.server.kill()
	t.proxy.Watch(nil)
	t.proxy.Down()
	if keep {
		os.WriteFile(t.server.data+".log", []byte(t.server.log.String()), 0o600)
	} else {
		os.RemoveAll(t.server.data)
	}
}

// run carries a case out and tells what was violated.
func (t *trial) run(ctx context.Context) error {
	if err := t.setUp(ctx); err != nil {
		return fmt.Errorf("before the strike: %w", err)
	}
	if err := t.strike(ctx); err != nil {
		return err
	}
	if err := t.quiet(ctx, t.users...); err != nil {
		return err
	}
	if err := t.check(ctx); err != nil {
		return err
	}
	if err := t.goesOn(ctx); err != nil {
		return fmt.Errorf("the rotation after: %w", err)
	}
	return t.leaks()
}

// setUp makes users and secrets, and rotates as often as the plan says.
func (t *trial) setUp(ctx context.Context) error {
	if _, err := t.server.start(); err != nil {
		return err
	}
	var err error
	switch t.plan.strategy {
	case single:
		t.subject, err = t.newSubject(ctx, "SingleUser", "IN ROLE readers", "")
	case superuser:
		t.subject, err = t.newSubject(ctx, "SingleUser", "SUPERUSER", "")
	case alternating:
		if t.admin, err = t.newSubject(ctx, "SingleUser", "SUPERUSER", ""); err == nil {
			t.subject, err = t.newSubject(ctx, "MultiUser", "IN ROLE readers", t.admin.name)
		}
	}
	if err != nil {
		return err
	}
	for range t.plan.earlier {
		if err := t.rotate(ctx, t.subject); err != nil {
			return err
		}
		t.tokens = append(t.tokens, t.subject.token)
	}
	d, err := t.subject.describe(ctx)
	t.rotated = d.LastRotatedDate
	if err == nil {
		_, t.current, err = t.subject.value(ctx, "AWSCURRENT")
		t.saw(t.current.Password)
	}
	return err
}

// newSubject makes a user and its secret; its name is the ARN.
func (t *trial) newSubject(ctx context.Context, function, words, master string) (*subject, error) {
	user, password, err := t.newUser(ctx, words)
	if err != nil {
		return nil, err
	}
	t.users = append(t.users, user, user+"_clone")
	t.saw(password)
	if err := t.execute(ctx, "ALTER ROLE "+user+" SET work_mem TO '7MB'"); err != nil {
		return nil, err
	}
	arn, err := t.server.create(ctx, "db/"+user, login{
		Engine: "postgres", Host: t.proxy.Host, Port: t.proxy.Port, User: user, Password: password,
		Database: "postgres", Master: master, TLS: "false",
	})
	return &subject{server: t.server, name: arn, function: functions + function}, err
}

// saw keeps a password in mind that must be nowhere in clear.
func (t *trial) saw(password string) {
	t.seen = append(t.seen, password)
	t.known.add(password)
}

// rotate rotates where nothing is in the way.
func (t *trial) rotate(ctx context.Context, s *subject) error {
	s.begin()
	if err := s.request(ctx); err != nil {
		return err
	}
	return eventually(ctx, "a rotation", func() (bool, error) {
		h, err := s.latest(ctx)
		return h.State == "succeeded", err
	})
}
