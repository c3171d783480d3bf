package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

const (
	rotationRounds = 3
	askEvery       = 20 * time.Millisecond // each time costs the server as much as a read
)

// pace is what came of so many operations at a time, in operations a second.
type pace struct {
	concurrent       int
	ours, raw, opens []float64
	cpu              time.Duration // of the server, a rotation
}

// rotate measures rotations of users of a PostgreSQL, beside what PostgreSQL
// alone takes for the same.
func (b *bench) rotate(ctx context.Context) (err error) {
	t, err := b.openTarget(ctx, "rotate")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	r := &rotations{target: t, users: b.rotations}
	defer r.hangUp()
	if err := r.setUp(ctx); err != nil {
		return err
	}
	b.out.rotationsHead(r.users)
	var all []pace
	for _, n := range []int{1, 4, 16} {
		p, err := r.pace(ctx, b.program, n)
		if err != nil {
			return err
		}
		b.out.rotations(p)
		all = append(all, p)
	}
	b.out.rotationsAims(all)
	return nil
}

// pace measures so many at a time, in turn.
func (r *rotations) pace(ctx context.Context, program string, concurrent int) (pace, error) {
	p := pace{concurrent: concurrent}
	n := strconv.Itoa(concurrent)
	if err := r.serve(ctx, program, "--rotation-workers", n, "--rotation-per-host", n); err != nil {
		return p, err
	}
	for range rotationRounds {
		before, err := usageOf(r.PID)
		if err != nil {
			return p, err
		}
		for _, m := range []struct {
			rates *[]float64
			do    func(context.Context) error
		}{
			{&p.ours, r.rotateAll},
			{&p.raw, func(ctx context.Context) error { return r.alterAll(ctx, concurrent, r.alterByItself) }},
			{&p.opens, func(ctx context.Context) error { return r.alterAll(ctx, concurrent, r.alterByAdmin) }},
		} {
			began := time.Now()
			if err := m.do(ctx); err != nil {
				return p, err
			}
			*m.rates = append(*m.rates, float64(r.users)/time.Since(began).Seconds())
		}
		after, err := usageOf(r.PID)
		if err != nil {
			return p, err
		}
		p.cpu += after.since(before).server / time.Duration(r.users*rotationRounds)
	}
	return p, nil
}

// rotations are the users and their secrets.
type rotations struct {
	*target
	users     int
	last      []float64   // when each was rotated
	passwords []string    // of the raw users
	admins    []*pgx.Conn // one for each raw user
}

func rotated(i int) string { return fmt.Sprintf("rotated_%03d", i) } // changed by alberti
func altered(i int) string { return fmt.Sprintf("altered_%03d", i) } // changed by us

// setUp makes the users, and for those that alberti rotates the secrets.
func (r *rotations) setUp(ctx context.Context) error {
	r.last = make([]float64, r.users)
	for i := range r.users {
		if err := r.newSecret(ctx, rotated(i), ""); err != nil {
			return err
		}
		password := rand.Text()
		if err := r.pg.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", altered(i), scram(password))); err != nil {
			return err
		}
		admin, err := r.pg.Admin(ctx)
		if err != nil {
			return err
		}
		r.passwords, r.admins = append(r.passwords, password), append(r.admins, admin)
	}
	return nil
}

func (r *rotations) hangUp() {
	for _, c := range r.admins {
		c.Close(context.Background())
	}
}

// rotateAll asks for all rotations, and then waits for them in order: whoever
// waits for them all together only takes the CPU from them.
func (r *rotations) rotateAll(ctx context.Context) error {
	for i := range r.users {
		if err := r.rotate(rotated(i), singleUser); err != nil {
			return err
		}
	}
	for i := range r.users {
		var err error
		if r.last[i], err = r.await(ctx, rotated(i), r.last[i], askEvery); err != nil {
			return err
		}
	}
	return nil
}

// alterAll changes the passwords of all raw users, so many at a time.
func (r *rotations) alterAll(ctx context.Context, concurrent int, alter func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for i := range r.users {
		group.Go(func() error { return alter(ctx, i) })
	}
	return group.Wait()
}

// alterByItself is the least that a user's own change of password takes: a login,
// a verifier, ALTER ROLE, and a login with the new password.
func (r *rotations) alterByItself(ctx context.Context, i int) error {
	user, password := altered(i), rand.Text()
	conn, err := connect(ctx, r.pg, user, r.passwords[i])
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", user, scram(password)))
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	return r.login(ctx, i, password)
}

// alterByAdmin is less: the change comes over a connection that is open.
func (r *rotations) alterByAdmin(ctx context.Context, i int) error {
	password := rand.Text()
	if _, err := r.admins[i].Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", altered(i), scram(password))); err != nil {
		return err
	}
	return r.login(ctx, i, password)
}

func (r *rotations) login(ctx context.Context, i int, password string) error {
	r.passwords[i] = password
	return login(ctx, r.pg, altered(i), password)
}
