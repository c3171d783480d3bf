package secret

import (
	"slices"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
)

// Rotation is how a secret rotates and when (secrets-manager.md, 3).
type Rotation struct {
	Enabled     bool
	FunctionARN string // "" while rotation was never configured
	Rules       schedule.Rules
	LastRotated time.Time // moves only when all four steps succeeded
	From        time.Time // what days and rates count from: a rotation, a write by hand, or the schedule's own beginning
	Days        int       // AutomaticallyAfterDays as shown after a success, 0 before
	Due         time.Time // when the runner starts the next one, zero when it is not to
	Window      time.Time // when the window of that rotation closes, exclusive

	// AtOpening has a rotation start when its window opens, and not at the moment
	// that spreads the secrets. The store sets it on every secret that it reads: it
	// is the server's choice and is not kept.
	AtOpening bool
}

// Configured tells whether rotation was ever set up.
func (r Rotation) Configured() bool { return r.FunctionARN != "" }

// Next is NextRotationDate: the last second of the coming window (3.7), zero
// when no rotation is planned.
func (r Rotation) Next() time.Time {
	if r.Window.IsZero() {
		return r.Window
	}
	return r.Window.Add(-time.Second)
}

func (r *Rotation) unschedule() { r.Due, r.Window = time.Time{}, time.Time{} }

// Configure sets the function and the rules, each only when given, and enables
// rotation: every RotateSecret does (3.1). New rules replace the old as a whole.
// A secret that never rotated counts from when it got its schedule: whoever
// gives an old secret one does not ask for a rotation today.
func (s *Secret) Configure(functionARN string, rules *schedule.Rules, now time.Time) error {
	if functionARN == "" && !s.Rotation.Configured() {
		return fault.New(fault.InvalidRequest, "No Lambda rotation function ARN is associated with this secret.")
	}
	if !s.Rotation.Configured() || s.Rotation.LastRotated.IsZero() && rules != nil && *rules != s.Rotation.Rules {
		s.Rotation.From = now
	}
	if functionARN != "" {
		s.Rotation.FunctionARN = functionARN
	}
	if rules != nil {
		s.Rotation.Rules = *rules
		s.Rotation.Days = 0
	}
	s.Rotation.Enabled = true
	s.Touch(now)
	return s.reschedule(now)
}

// StartRotation stages the token as AWSPENDING on a version that has no value
// yet. It refuses while another rotation is unfinished (3.1). AWSPENDING left
// beside AWSCURRENT by the rotation before goes now.
func (s *Secret) StartRotation(token string, now time.Time) error {
	if err := s.stage(token, now); err != nil {
		return err
	}
	s.Rotation.Due = time.Time{}
	return nil
}

// StartTest stages a version for RotateImmediately=false; the caller puts a
// copy of the current value in it (3.4).
func (s *Secret) StartTest(token string, now time.Time) error {
	err := s.stage(token, now)
	if v := s.Version(token); err == nil {
		v.HasValue, v.KeyIDs = true, []string{s.KeyID}
	}
	return err
}

// EndTest removes the version that a test rotation used.
func (s *Secret) EndTest(token string) {
	s.Versions = slices.DeleteFunc(s.Versions, func(v Version) bool { return v.ID == token })
}

func (s *Secret) stage(token string, now time.Time) error {
	if err := s.NothingPending(); err != nil {
		return err
	}
	if s.Version(token) != nil {
		return fault.New(fault.InvalidRequest, tokenInUse, token, s.ARN)
	}
	s.Versions = append(s.Versions, Version{ID: token, Created: now})
	s.attach(Pending, &s.Versions[len(s.Versions)-1])
	s.Touch(now)
	return s.checkLabelCount()
}

// ErrUnfinished is the refusal of a rotation while another is unfinished.
var ErrUnfinished = fault.New(fault.InvalidRequest,
	"A previous rotation isn't complete. That rotation will be reattempted.")

// NothingPending refuses when AWSPENDING is on a version other than AWSCURRENT.
func (s *Secret) NothingPending() error {
	if p := s.Holder(Pending); p != nil && p != s.Holder(Current) {
		return ErrUnfinished
	}
	return nil
}

// FinishRotation records a success. A function that says it succeeded but left
// AWSCURRENT elsewhere did not (3.2, step 7).
func (s *Secret) FinishRotation(token string, now time.Time) error {
	if c := s.Holder(Current); c == nil || c.ID != token {
		return fault.New(fault.InvalidRequest,
			"The rotation function finished, but AWSCURRENT is not on version %s.", token)
	}
	s.Rotation.LastRotated, s.Rotation.From = now, now
	s.Touch(now)
	if err := s.reschedule(now); err != nil {
		return err
	}
	plan, err := schedule.Parse(s.Rotation.Rules)
	if err == nil && !plan.IsZero() {
		s.Rotation.Days = plan.Days(now)
	}
	return err
}

// CancelRotation turns rotation off and keeps function and rules (3.10).
// Labels stay as they are. A secret that never rotated stays as it is.
func (s *Secret) CancelRotation(now time.Time) {
	if !s.Rotation.Configured() {
		return
	}
	s.Rotation.Enabled = false
	s.Rotation.unschedule()
	s.Touch(now)
}

// Written tells the schedule that a person wrote a new current value, which
// counts as a rotation for days and rate() (3.7).
func (s *Secret) Written(now time.Time) error {
	s.Rotation.From = now
	return s.reschedule(now)
}

// Skip moves a due rotation that cannot start now to the next window.
func (s *Secret) Skip(now time.Time) error { return s.reschedule(now) }

// Recover plans a rotation for now if one was ended whose password may be in
// force: the target and AWSCURRENT have to be brought together again.
func (s *Secret) Recover(now time.Time) {
	if s.Unsettled() && s.Rotation.Enabled && s.DeleteAt.IsZero() && s.Holder(Current) != nil {
		s.Rotation.Due, s.Rotation.Window = now, now.Truncate(time.Hour).Add(2*time.Hour)
	}
}

// Unsettled tells whether a value was sent to a target that is not known to be
// out of force there, and that AWSCURRENT is not on.
func (s *Secret) Unsettled() bool {
	return slices.ContainsFunc(s.Versions, func(v Version) bool { return v.Sent != "" && !slices.Contains(v.Labels, Current) })
}

// Recovers tells whether the rotation that starts next brings the target and
// AWSCURRENT together again: the secret may not log in until it has.
func (s *Secret) Recovers() bool { return s.Unsettled() && s.NothingPending() == nil }

// Restage gives a rotation another token, when the target refused the value of
// the one it had for its own rules: that value is never tried again.
func (s *Secret) Restage(refused, token string, now time.Time) error {
	if v := s.Version(refused); v != nil {
		v.drop(Pending)
	}
	return s.stage(token, now)
}

// reschedule plans the next rotation.
func (s *Secret) reschedule(now time.Time) error {
	s.Rotation.unschedule()
	if !s.Rotation.Enabled || !s.DeleteAt.IsZero() {
		return nil
	}
	plan, err := schedule.Parse(s.Rotation.Rules)
	if err != nil || plan.IsZero() {
		return err
	}
	w := plan.Next(now, s.Rotation.From)
	s.Rotation.Due, s.Rotation.Window = s.momentIn(w), w.End
	return nil
}

// momentIn is when in a window the secret's rotation starts.
func (s *Secret) momentIn(w schedule.Window) time.Time {
	if s.Rotation.AtOpening {
		return w.Start
	}
	return w.Moment(s.ARN.String())
}
