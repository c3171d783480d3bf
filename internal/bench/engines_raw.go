package main

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/secret"
)

// raw is users whose passwords are changed with the engine alone.
type raw struct {
	*engineRun
	byAdmin   bool
	names     []string
	passwords []string
}

// add makes a user.
func (r *raw) add(ctx context.Context, name string) error {
	first := newPassword()
	r.names, r.passwords = append(r.names, name), append(r.passwords, first)
	return r.server.User(ctx, name, first)
}

// changeAll changes every password once and gives how long all took.
func (r *raw) changeAll(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atATime)
	for i := range r.names {
		group.Go(func() error { return r.change(ctx, i) })
	}
	err := group.Wait()
	return time.Since(began), err
}

// change is the least that a change of password takes: a login, of the administrator
// where users do not change their own, the change, and a login with the new password.
func (r *raw) change(ctx context.Context, i int) error {
	user, password := r.names[i], newPassword()
	who, with := user, r.passwords[i]
	if r.byAdmin {
		who, with = r.server.Admin, r.server.AdminPassword
	}
	session, err := r.of.Login(ctx, r.server.Value(who, with))
	if err != nil {
		return err
	}
	err = session.SetPassword(ctx, user, secret.Text(password))
	if err := errors.Join(err, session.Close()); err != nil {
		return err
	}
	r.passwords[i] = password
	again, err := r.of.Login(ctx, r.server.Value(user, password))
	if err != nil {
		return err
	}
	return errors.Join(again.Test(ctx, ""), again.Close())
}

// newPassword has letters of both cases and a sign, which some servers want.
func newPassword() string { return "Word-" + rand.Text()[:16] }
