package secret_test

import (
	"errors"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

func TestCheckRecoveryWindow(t *testing.T) {
	const (
		between  = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
		together = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
	)
	for _, test := range []struct {
		days  int64 // -1: not given
		force bool
		text  string
	}{
		{-1, false, ""}, {-1, true, ""}, {7, false, ""}, {30, false, ""},
		{6, false, between}, {31, false, between}, {0, false, between}, {-7, false, between}, {1 << 62, false, between},
		{7, true, together}, {6, true, together},
	} {
		days := &test.days
		if test.days == -1 {
			days = nil
		}
		err := secret.CheckRecoveryWindow(days, test.force)
		if test.text == "" && err == nil {
			continue
		}
		wantFault(t, err, fault.InvalidParameter, test.text)
	}
}

func TestDeletionAndRestore(t *testing.T) {
	seven := int64(7)
	for days, until := range map[*int64]time.Time{nil: birth.Add(30 * day), &seven: birth.Add(7 * day)} {
		s := newSecret()
		put(t, s, "v1")
		if err := s.Configure("arn:aws:lambda:f", &schedule.Rules{AutomaticallyAfterDays: 3}, birth); err != nil {
			t.Fatal(err)
		}
		next := s.Rotation.Next()
		if err := s.ScheduleDeletion(days, birth); err != nil || !s.DeleteAt.Equal(until) {
			t.Fatalf("deleted at %v, %v", s.DeleteAt, err)
		}
		if !s.Rotation.Due.IsZero() || !s.Rotation.Next().IsZero() || !s.Rotation.Enabled {
			t.Errorf("rotation of a deleted secret: %+v", s.Rotation)
		}
		if labels(s) != "v1[AWSCURRENT]" {
			t.Errorf("labels: %s", labels(s))
		}
		if err := s.Live(); !errors.Is(err, secret.ErrDeleted) {
			t.Errorf("live: %v", err)
		}
		wantFault(t, s.ScheduleDeletion(nil, birth.Add(day)), fault.InvalidRequest,
			"You can't perform this operation on the secret because it was marked for deletion.")
		if err := s.Written(birth.Add(time.Hour)); err != nil || !s.Rotation.Due.IsZero() {
			t.Errorf("a write planned a rotation of a deleted secret: %+v, %v", s.Rotation, err)
		}

		s.Rotation.From = birth
		if err := s.Restore(birth.Add(day)); err != nil || s.Live() != nil || !s.Changed.Equal(birth.Add(day)) {
			t.Errorf("restored: %+v, %v", s, err)
		}
		if !s.Rotation.Next().Equal(next) || s.Rotation.Due.IsZero() {
			t.Errorf("restored, it rotates by %v, want %v", s.Rotation.Next(), next)
		}
		if err := s.Restore(birth.Add(2 * day)); err != nil || !s.Changed.Equal(birth.Add(day)) {
			t.Errorf("restoring a live secret changed it: %v, %v", s.Changed, err)
		}
	}
}

func TestRemovable(t *testing.T) {
	s := newSecret()
	if s.Removable(birth.Add(1000 * day)) {
		t.Error("a live secret can be removed")
	}
	if err := s.ScheduleDeletion(nil, birth); err != nil {
		t.Fatal(err)
	}
	for after, want := range map[time.Duration]bool{0: false, 30*day - 1: false, 30 * day: true, 31 * day: true} {
		if got := s.Removable(birth.Add(after)); got != want {
			t.Errorf("after %v: %v", after, got)
		}
	}
}
