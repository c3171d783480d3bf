package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Window is a stretch of time in which a secret may be rotated: from Start, on
// the hour UTC, up to but without End.
type Window struct{ Start, End time.Time }

// IsZero reports that there is no window.
func (w Window) IsZero() bool { return w == Window{} }

// Last is the last second of the window, the NextRotationDate of a secret that
// waits for it (secrets-manager.md, 3.7).
func (w Window) Last() time.Time { return w.End.Add(-time.Second) }

// Moment is when in the window a rotation should start: always the same whole
// second after Start for one seed, such as a secret's ARN, and spread evenly
// over seeds, so that a fleet does not rotate at once. The last quarter of the
// window stays free for retries.
func (w Window) Moment(seed string) time.Time {
	sum := sha256.Sum256([]byte(seed))
	seconds := uint64(w.End.Sub(w.Start)/time.Second) * 3 / 4
	if seconds == 0 {
		return w.Start
	}
	return w.Start.Add(time.Duration(binary.BigEndian.Uint64(sum[:8])%seconds) * time.Second)
}

// Next is the first window that starts after both times. The secret was last
// rotated at last, or, if it never was, got its schedule then. A zero last
// means that counting starts at after.
//
//   - cron: the next window in the calendar. A rotation inside today's window
//     has used it up, so the following one is next.
//   - days: N days after the UTC date of last, from midnight.
//   - rate in hours: N hours after the hour of last. Cutting to the hour keeps
//     the rate: with a constant Moment, rotations are N hours apart. Only after
//     one that came late or by hand may the next come up to an hour early.
//
// If the window of a counted schedule is past, the secret is overdue, and the
// window after it in the overdue sequence (see the package comment) is given.
// The zero Schedule gives the zero Window.
func (s Schedule) Next(after, last time.Time) Window {
	if s.IsZero() {
		return Window{}
	}
	if s.every > 0 {
		return s.window(s.count(after, last))
	}
	if last.After(after) {
		after = last
	}
	return s.window(s.cron.next(after))
}

// At is the window that is open now and has not been used by a rotation at
// last; false when there is none. A counted schedule without a last has none:
// it starts counting now.
func (s Schedule) At(now, last time.Time) (Window, bool) {
	if s.IsZero() || s.every > 0 && last.IsZero() {
		return Window{}, false
	}
	w := s.Next(now.Add(-s.length), last)
	if w.Start.After(now) {
		return Window{}, false
	}
	return w, true
}

// Days is the AutomaticallyAfterDays that DescribeSecret shows once a rotation
// succeeded at a time: whole days, rounded up, between the windows around that
// time for cron, else between rotations (secrets-manager.md, 3.7).
func (s Schedule) Days(after time.Time) int {
	if s.IsZero() {
		return 0
	}
	between := s.every
	if between == 0 {
		between = s.cron.next(after).Sub(s.cron.previous(after))
	}
	return int((between + day - 1) / day)
}

// count finds the start of the next window of days or a rate.
func (s Schedule) count(after, last time.Time) time.Time {
	if last.IsZero() {
		last = after
	}
	due := last.UTC().Truncate(s.grain).Add(s.every)
	if due.After(after) {
		return due
	}
	// Overdue: again every day, or faster if the schedule is, but never
	// before the window has closed.
	again := max(s.length, min(s.every, day))
	return due.Add((after.Sub(due)/again + 1) * again)
}

func (s Schedule) window(start time.Time) Window {
	return Window{Start: start, End: start.Add(s.length)}
}
