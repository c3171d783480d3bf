package rotatortest

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// alternatingDrift changes what the user in use may do between rotations: the
// other one follows, in both directions, and never brings a privilege back.
func alternatingDrift(t *testing.T, h Harness) {
	if h.Grant == nil {
		return
	}
	s := h.alternating(t, h.Engine)
	user, _ := s.Login(secret.Current)
	h.Grant(t, user, 0)
	for _, change := range []struct {
		do   func(testing.TB, string, int)
		n    int
		want [2]bool
	}{
		{nil, 0, [2]bool{true, false}},
		{h.Grant, 1, [2]bool{true, true}},
		{h.Revoke, 0, [2]bool{false, true}},
		{nil, 0, [2]bool{false, true}},
		{h.Grant, 0, [2]bool{true, true}},
		{h.Revoke, 1, [2]bool{true, false}},
		{nil, 0, [2]bool{true, false}},
	} {
		if user, _ := s.Login(secret.Current); change.do != nil {
			change.do(t, user, change.n)
		}
		s.Rotate()
		user, password := s.Login(secret.Current)
		for n, want := range change.want {
			if got := h.Can(t, user, password, n); got != want {
				t.Errorf("%s has privilege %d: %v, want %v", user, n, got, want)
			}
		}
	}
}

// alternatingPair is for two users whom a person made: they may be taken over
// when a tag says so, and are never made.
func alternatingPair(t *testing.T, h Harness) {
	user, password := h.newUser(t)
	other, _ := h.newUser(t)
	s := h.alternatingFor(t, h.Engine, user, password)
	s.Tag("alberti:username", user)
	s.Tag("alberti:alternate-username", other)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), other) {
		t.Errorf("took over %s unasked: %v", other, err)
	}
	s.Tag("alberti:other-user", "existing")
	for _, want := range []string{other, user, other} {
		s.Run(Steps...)
		if err := s.Secrets.Finish(s.ID, s.Token); err != nil {
			t.Fatal(err)
		}
		now, password := s.Login(secret.Current)
		if now != want {
			t.Fatalf("it is the turn of %s, want %s", now, want)
		}
		h.accepts(t, now, password)
		s.Begin()
	}
	h.neverMade(t)
}

// neverMade names a second user that does not exist.
func (h Harness) neverMade(t *testing.T) {
	s := h.alternating(t, h.Engine)
	s.Tag("alberti:other-user", "existing")
	s.Begin()
	s.Run(secret.CreateSecret)
	user, password := s.Login(secret.Pending)
	if err := s.Step(secret.SetSecret); err == nil || h.Login(t, user, password) == nil {
		t.Errorf("made %s, which was to exist: %v", user, err)
	}
}

// alternatingAnotherMaster names an administrator that the tag does not.
func alternatingAnotherMaster(t *testing.T, h Harness) {
	s := h.alternating(t, h.Engine)
	s.Tag("alberti:masterarn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:another-a1B2c3")
	s.Begin()
	if err := s.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "is not the administrator that tag") {
		t.Errorf("createSecret: %v", err)
	}
}
