package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check holds what a finished rotation promises, whatever struck it.
func (t *trial) check(ctx context.Context) error {
	now, err := t.labels(ctx, t.subject, t.current)
	if err != nil {
		return err
	}
	if t.admin != nil {
		if err := t.administers(ctx, now); err != nil {
			return err
		}
	}
	h, err := t.subject.latest(ctx)
	if err != nil {
		return err
	}
	return errors.Join(t.dated(ctx, h), t.attempts(h), t.recorded(ctx, h), t.told(h))
}

// labels holds that AWSCURRENT is on the version that was made and logs in, as
// AWSPREVIOUS does where users alternate, and that nothing is pending. It gives
// the new login.
func (t *trial) labels(ctx context.Context, s *subject, before login) (login, error) {
	version, now, err := s.value(ctx, "AWSCURRENT")
	if err != nil {
		return now, err
	}
	if version != s.token || now.Password == before.Password {
		return now, fmt.Errorf("AWSCURRENT is on %s, the rotation made %s", version, s.token)
	}
	t.saw(now.Password)
	if err := t.enter(ctx, now); err != nil {
		return now, fmt.Errorf("AWSCURRENT does not log in: %w", err)
	}
	_, previous, err := s.value(ctx, "AWSPREVIOUS")
	if err != nil {
		return now, err
	}
	if previous != before {
		return now, errors.New("AWSPREVIOUS is not what AWSCURRENT was")
	}
	if alternates := now.User != before.User; alternates != (t.plan.strategy == alternating) {
		return now, fmt.Errorf("the user was %s and is %s", before.User, now.User)
	}
	if t.plan.strategy == alternating {
		if err := t.enter(ctx, previous); err != nil {
			return now, fmt.Errorf("AWSPREVIOUS does not log in: %w", err)
		}
	} else if !t.refuses(ctx, previous) {
		return now, errors.New("the password before is not refused")
	}
	return now, t.nothingPending(ctx, s)
}

func (t *trial) nothingPending(ctx context.Context, s *subject) error {
	d, err := s.describe(ctx)
	for version, labels := range d.VersionIdsToStages {
		if slices.Contains(labels, "AWSPENDING") && !slices.Contains(labels, "AWSCURRENT") {
			return fmt.Errorf("version %s is pending", version)
		}
	}
	return err
}

// administers holds that the administrator logs in, and that both users may do
// what the original may and no more.
func (t *trial) administers(ctx context.Context, now login) error {
	_, admin, err := t.admin.value(ctx, "AWSCURRENT")
	if err != nil {
		return err
	}
	if err := t.enter(ctx, admin); err != nil {
		return fmt.Errorf("the administrator does not log in: %w", err)
	}
	for _, user := range []string{now.User, t.current.User} {
		ok, err := ask[bool](ctx, t.world, `SELECT has_table_privilege(rolname, 'shelf', 'SELECT') AND NOT rolsuper
AND rolcanlogin AND COALESCE('work_mem=7MB' = ANY (rolconfig), false) FROM pg_roles WHERE rolname = $1`, user)
		if err != nil {
			return err
		}
		if !ok {
			return fmt.Errorf("user %s has not the privileges and settings of the original", user)
		}
	}
	return nil
}

// dated holds that LastRotatedDate is when the rotation ended.
func (t *trial) dated(ctx context.Context, h history) error {
	d, err := t.subject.describe(ctx)
	if err == nil && d.LastRotatedDate != h.EndedDate {
		err = fmt.Errorf("LastRotatedDate is %f, the rotation ended %f", d.LastRotatedDate, h.EndedDate)
	}
	return err
}

var steps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

// attempts holds that the history has every attempt: all but the last failed, in
// one step; in the last all four steps succeeded.
func (t *trial) attempts(h history) error {
	last := h.attempts()
	failed, done := map[int]int{}, map[string]bool{}
	for _, s := range h.Steps {
		if s.Error != "" {
			failed[s.Attempt]++
		} else if s.Attempt == last {
			done[s.Step] = true
		}
	}
	for n := 1; n < last; n++ {
		if failed[n] != 1 {
			return fmt.Errorf("attempt %d of %d has %d failures: %+v", n, last, failed[n], h.Steps)
		}
	}
	if failed[last] != 0 || len(done) != len(steps) || h.Error != "" {
		return fmt.Errorf("the last attempt is not whole: %+v", h)
	}
	if last > 1 && !t.mayFail() {
		return fmt.Errorf("a kill alone made an attempt fail: %+v", h.Steps)
	}
	return nil
}

// mayFail tells whether anything but a kill came over the rotation.
func (t *trial) mayFail() bool {
	return slices.ContainsFunc(t.plan.strikes, func(s strike) bool { return s.action != kill })
}

// recorded holds the trail against the history: it began once, succeeded once,
// and failed as often as the history says.
func (t *trial) recorded(ctx context.Context, h history) error {
	var names []string
	err := eventually(ctx, "the event of the success", func() (bool, error) {
		var err error
		names, err = t.server.events(t.subject.token)
		return slices.Contains(names, "RotationSucceeded"), err
	})
	if err != nil {
		return err
	}
	want := slices.Repeat([]string{"RotationFailed"}, h.attempts()-1)
	want = append(append([]string{"RotationStarted"}, want...), "RotationSucceeded")
	if !slices.Equal(names, want) {
		return fmt.Errorf("the trail has %v, the history %v", names, want)
	}
	return nil
}

// told holds that an error which kept the password from being changed is in the
// history, by its code.
func (t *trial) told(h history) error {
	for _, o := range t.outcomes {
		if o.action != refuse || o.fired.IsZero() || o.name != "before the change" {
			continue
		}
		tells := func(s step) bool { return strings.Contains(s.Error, "SQLSTATE "+o.code) }
		if !slices.ContainsFunc(h.Steps, tells) {
			return fmt.Errorf("the history does not tell of the error %s: %+v", o.code, h.Steps)
		}
	}
	return nil
}

// goesOn rotates once more, with nothing in the way: at the first attempt. A
// superuser whose secret was struck does so as an administrator.
func (t *trial) goesOn(ctx context.Context) error {
	if err := t.server.stop(); err != nil {
		return err
	}
	t.server.args = arguments(stepLimit) // a busy machine is no failure
	if _, err := t.server.start(); err != nil {
		return err
	}
	s := t.subject
	if t.plan.strategy == superuser {
		var err error
		if s, err = t.newSubject(ctx, "MultiUser", "IN ROLE readers", t.subject.name); err != nil {
			return err
		}
	}
	if err := t.rotate(ctx, s); err != nil {
		return err
	}
	h, err := s.latest(ctx)
	if err == nil && h.attempts() != 1 {
		err = fmt.Errorf("it took %d attempts: %+v", h.attempts(), h.Steps)
	}
	if err != nil {
		return err
	}
	_, now, err := s.value(ctx, "AWSCURRENT")
	if err != nil {
		return err
	}
	t.saw(now.Password)
	if err := t.enter(ctx, now); err != nil {
		return fmt.Errorf("AWSCURRENT does not log in: %w", err)
	}
	return nil
}

// leaks looks for passwords in clear, and for complaints, where the server wrote.
func (t *trial) leaks() error {
	log := t.server.log.String()
	for _, p := range t.seen {
		if strings.Contains(log, p) {
			return errors.New("a password is in the server's log")
		}
	}
	for _, complaint := range []string{"panic", "goroutine ", "level=ERROR"} {
		if strings.Contains(log, complaint) {
			return fmt.Errorf("the server's log has %q", complaint)
		}
	}
	return inFiles(t.server.data, t.seen)
}
