package secret

import (
	"time"

	"github.com/alberti-dev/alberti/schedule"
)

// The plan that is kept with a secret, Due and Window, is the schedule's alone: a
// freeze that is added or removed changes nothing there, however many secrets it
// holds. What a freeze does is worked out when somebody looks, and when the
// moment has come.

// Planned is when the next scheduled rotation really starts, and when its window
// closes: as planned, or else in the first window that is open when no freeze is
// on any more. Zero when none is planned.
func (s *Secret) Planned(fs Freezes) (start, end time.Time) {
	start, end = s.Rotation.Due, s.Rotation.Window
	until, frozen := s.FrozenUntil(fs, start)
	if start.IsZero() || !frozen {
		return start, end
	}
	plan, err := schedule.Parse(s.Rotation.Rules)
	if err != nil || plan.IsZero() {
		return start, end
	}
	for ; frozen; until, frozen = fs.Until(s, start) {
		if !until.Before(end) {
			w, open := plan.At(until, s.Rotation.From)
			if !open {
				w = plan.Next(until, s.Rotation.From)
			}
			start, end = s.momentIn(w), w.End
		}
		if start.Before(until) {
			start = s.momentIn(schedule.Window{Start: until, End: end})
		}
	}
	return start, end
}

// FrozenUntil is Freezes.Until for a rotation that is to start. One that recovers
// is held by none: to wait would be an outage as long as the freeze.
func (s *Secret) FrozenUntil(fs Freezes, at time.Time) (end time.Time, frozen bool) {
	if s.Recovers() {
		return at, false
	}
	return fs.Until(s, at)
}

// NextRotationDate is the last second of the window in which the next rotation
// will start (3.7), freezes considered; zero when none is planned. While one is
// unfinished it is that one's, and may lie in the past.
func (s *Secret) NextRotationDate(fs Freezes) time.Time {
	if s.Rotation.Due.IsZero() {
		return s.Rotation.Next()
	}
	_, end := s.Planned(fs)
	return end.Add(-time.Second)
}

// Postpone moves a rotation that is due and frozen until a time: into what is
// left of its window then, or else to the next window of the schedule, frozen or
// not. So one that a freeze holds is looked at once in each of its windows, and
// goes on in the next when the freeze is taken away.
func (s *Secret) Postpone(until, now time.Time) error {
	if !until.Before(s.Rotation.Window) {
		return s.reschedule(now)
	}
	s.Rotation.Due = s.momentIn(schedule.Window{Start: until, End: s.Rotation.Window})
	return nil
}

// wait is how long a rotation waits before it looks again for a current value.
const wait = time.Hour

// HoldAttempt moves an attempt that must not be made now, and tells whether it
// did. An attempt waits until the secret has a current value; one of a scheduled
// rotation, until no freeze is on and its window is open. A rotation that has
// touched its target goes on whatever the time is: to finish it is the safe thing.
func (s *Secret) HoldAttempt(j *Job, touched bool, fs Freezes, now time.Time) (held bool, err error) {
	if touched || j.Test {
		return false, nil
	}
	if s.Holder(Current) == nil {
		j.Suspend(now.Add(wait))
		return true, nil
	}
	until, frozen := fs.Until(s, now)
	missed := j.NextAttempt.Before(j.Window) && !now.Before(j.Window)
	if j.Cause != BySchedule || !frozen && !missed {
		return false, nil
	}
	if until.Before(j.Window) {
		j.Suspend(s.momentIn(schedule.Window{Start: until, End: j.Window}))
		return true, nil
	}
	j.Suspend(until)
	return true, s.toNextWindow(j, now)
}

// DeferAttempt moves an attempt that would come after the window into the next
// one. A rotation that a person asked for has no window.
func (s *Secret) DeferAttempt(j *Job, now time.Time) error {
	if j.Window.IsZero() || j.NextAttempt.Before(j.Window) {
		return nil
	}
	return s.toNextWindow(j, now)
}

func (s *Secret) toNextWindow(j *Job, now time.Time) error {
	plan, err := schedule.Parse(s.Rotation.Rules)
	if err != nil {
		return err
	}
	w := plan.Next(now, s.Rotation.From)
	if w.IsZero() { // the schedule is gone, and its windows with it
		j.Defer(j.NextAttempt, time.Time{})
		return nil
	}
	j.Defer(s.momentIn(w), w.End)
	return nil
}
