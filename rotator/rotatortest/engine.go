package rotatortest

import (
	"context"
	"errors"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// watched is an engine whose logins are counted, and whose changes something
// happens to.
type watched struct {
	rotator.Engine
	before  func(user string)       // a change, by a session of the user
	instead func() error            // of a change
	after   func(user string) error // a change that succeeded
	test    func() error            // after one that succeeded
	logins  []rotator.Credential
}

func (w *watched) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	w.logins = append(w.logins, c)
	s, err := w.Engine.Login(ctx, c, r)
	if err != nil {
		return nil, err
	}
	if cloner, ok := s.(cloner); ok {
		return watchedCloner{cloner, w, c.Username}, nil
	}
	return watchedSession{s, w, c.Username}, nil
}

// around does a change, with what is to happen before and after.
func (w *watched) around(user string, change func() error) error {
	if w.before != nil {
		w.before(user)
	}
	if w.instead != nil {
		return w.instead()
	}
	err := change()
	if err == nil && w.after != nil {
		err = w.after(user)
	}
	return err
}

type watchedSession struct {
	rotator.Session
	of   *watched
	user string
}

// SetBeside implements rotator.Overlapper for engines that do.
func (s watchedSession) SetBeside(ctx context.Context, user string, p, old secret.Value) (kept bool, err error) {
	return s.of.beside(ctx, s.Session, s.user, user, p, old)
}

func (w *watched) beside(ctx context.Context, s rotator.Session, own, user string, p, old secret.Value) (kept bool, err error) {
	both, ok := s.(rotator.Overlapper)
	if !ok {
		return false, nil
	}
	err = w.around(own, func() error {
		if kept, err = both.SetBeside(ctx, user, p, old); err == nil && !kept {
			return errNotThere
		}
		return err
	})
	if errors.Is(err, errNotThere) {
		return false, nil
	}
	return kept, err
}

// errNotThere is of a server that cannot keep two passwords: nothing was done, so
// nothing happens to it.
var errNotThere = errors.New("two passwords are not there")

func (s watchedSession) SetPassword(ctx context.Context, user string, p secret.Value) error {
	return s.of.around(s.user, func() error { return s.Session.SetPassword(ctx, user, p) })
}

func (s watchedSession) Test(ctx context.Context, statement string) error {
	return s.of.tested(s.Session.Test(ctx, statement))
}

func (w *watched) tested(err error) error {
	if err == nil && w.test != nil {
		return w.test()
	}
	return err
}

type cloner interface {
	rotator.Session
	rotator.Cloner
}

type watchedCloner struct {
	cloner
	of   *watched
	user string
}

// SetBeside implements rotator.Overlapper for engines that do.
func (s watchedCloner) SetBeside(ctx context.Context, user string, p, old secret.Value) (kept bool, err error) {
	return s.of.beside(ctx, s.cloner, s.user, user, p, old)
}

func (s watchedCloner) SetPassword(ctx context.Context, user string, p secret.Value) error {
	return s.of.around(s.user, func() error { return s.cloner.SetPassword(ctx, user, p) })
}

func (s watchedCloner) Test(ctx context.Context, statement string) error {
	return s.of.tested(s.cloner.Test(ctx, statement))
}

func (s watchedCloner) Clone(ctx context.Context, from, to string, p secret.Value, o rotator.Owner) error {
	return s.of.around(s.user, func() error { return s.cloner.Clone(ctx, from, to, p, o) })
}
