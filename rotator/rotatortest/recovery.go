package rotatortest

import (
	"context"
	"errors"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// The three ways in which AWS's own functions lose a credential for good
// (rotation-functions.md, 16.5) end in recovery here.

// singleLabelTakenOff takes AWSPENDING off a version whose password is in force.
func singleLabelTakenOff(t *testing.T, h Harness) {
	s := h.single(t, h.Engine)
	user, old := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	if err := s.Secrets.UpdateSecretVersionStage(context.Background(), s.ID, secret.Pending, "", s.Token); err != nil {
		t.Fatal(err)
	}
	h.retired(t, user, old)
	s.Begin()
	s.Run(Steps...)
	_, password := s.Login(secret.Current)
	h.accepts(t, user, password)
}

// singleStoreRestored rotates three times, and puts the store back to the value
// from before.
func singleStoreRestored(t *testing.T, h Harness) {
	s := h.single(t, h.Engine)
	user, old := s.Login(secret.Current)
	for range 3 {
		s.Rotate()
	}
	_, inForce := s.Login(secret.Current)
	journal := s.Guard
	s = h.singleFor(t, h.Engine, user, old)
	s.Guard = journal
	h.refuses(t, user, old)
	s.Begin()
	s.Run(Steps...)
	_, password := s.Login(secret.Current)
	h.accepts(t, user, password)
	h.refuses(t, user, old)
	h.retired(t, user, inForce)
}

// singleTargetRestored puts the target back to a password of three rotations ago.
func singleTargetRestored(t *testing.T, h Harness) {
	s := h.single(t, h.Engine)
	user, old := s.Login(secret.Current)
	for range 3 {
		s.Rotate()
	}
	_, current := s.Login(secret.Current)
	h.Reset(t, user, old)
	h.refuses(t, user, current)
	s.Guard = &Guard{} // the journal was lost as well
	s.Begin()
	s.Run(Steps...)
	_, password := s.Login(secret.Current)
	h.accepts(t, user, password)
	h.refuses(t, user, current)
	h.retired(t, user, old)
}

// alternatingStoreRestored rotates three times, so that both users have got new
// passwords, and puts the store back to the value from before.
func alternatingStoreRestored(t *testing.T, h Harness) {
	s := h.alternating(t, h.Engine)
	user, old := s.Login(secret.Current)
	for range 3 {
		s.Rotate()
	}
	journal := s.Guard
	s = h.alternatingFor(t, h.Engine, user, old)
	s.Guard = journal
	h.refuses(t, user, old)
	s.Begin()
	s.Run(Steps...)
	now, password := s.Login(secret.Current)
	if now == user {
		t.Errorf("AWSCURRENT is still for %s", user)
	}
	h.accepts(t, now, password)
}

// singleUnacceptable has the target refuse a password for its own rules.
func singleUnacceptable(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine, instead: func() error { return contract.ErrUnacceptable }}
	s := h.single(t, e)
	user, old := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); !errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("setSecret: %v", err)
	}
	h.accepts(t, user, old)
}
