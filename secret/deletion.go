package secret

import (
	"time"

	"github.com/alberti-dev/alberti/fault"
)

const day = 24 * time.Hour

// ScheduleDeletion starts a recovery window of 7 to 30 days, 30 when days is
// nil (secrets-manager.md, 2.10).
func (s *Secret) ScheduleDeletion(days *int64, now time.Time) error {
	if err := s.Live(); err != nil {
		return err
	}
	window := int64(30)
	if days != nil {
		window = *days
	}
	s.DeleteAt = now.Add(time.Duration(window) * day)
	s.Rotation.unschedule()
	s.Touch(now)
	return nil
}

// CheckRecoveryWindow refuses a window that DeleteSecret does not know, and one
// given together with force.
func CheckRecoveryWindow(days *int64, force bool) error {
	switch {
	case days == nil:
		return nil
	case force:
		return fault.New(fault.InvalidParameter,
			"You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	case *days < 7 || *days > 30:
		return fault.New(fault.InvalidParameter,
			"The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	return nil
}

// Restore ends the recovery window; on a live secret it changes nothing (2.11).
func (s *Secret) Restore(now time.Time) error {
	if s.DeleteAt.IsZero() {
		return nil
	}
	s.DeleteAt = time.Time{}
	s.Touch(now)
	return s.reschedule(now)
}

// Removable tells whether the recovery window is over. AWS removes a secret at any
// time after that (2.10). Until it is removed it stays as it was, scheduled for
// deletion and able to be restored; from then on its name is free.
func (s *Secret) Removable(now time.Time) bool {
	return !s.DeleteAt.IsZero() && !s.DeleteAt.After(now)
}
