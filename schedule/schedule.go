// Package schedule turns the rotation rules of a secret into windows of time.
//
// A window starts on the hour, UTC, and a rotation runs once inside it. There
// are two kinds of schedule (secrets-manager.md, 3.5 to 3.7):
//
//   - cron() is fixed: its windows stand in the calendar, whatever was rotated
//     when. A window that was missed is not made up for, because whoever wrote
//     a cron expression chose the hours in which a rotation may happen.
//   - AutomaticallyAfterDays and rate() count from the last rotation. A secret
//     that missed its window is overdue: windows then follow one another day by
//     day, or at the rate if that is faster, until a rotation succeeds.
//
// The package is pure: it reads no clock, so that every answer can be tested.
package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

const day = 24 * time.Hour

// Interval is the shortest time between two rotations that AWS takes
// (secrets-manager.md, 3.5).
const Interval = 4 * time.Hour

// The bounds of a schedule (secrets-manager.md, 3.5; the model for the days).
const (
	maxRate      = 999 * day
	maxAfterDays = 1000
)

// Rules is a schedule as a caller gives it, RotationRules on the wire. Zero
// means not given.
type Rules struct {
	AutomaticallyAfterDays int
	Expression             string // rate(…) or cron(…)
	Duration               string // of a window: "3h"
}

// String writes the rules for people, "" when there are none.
func (r Rules) String() string {
	out := r.Expression
	if r.AutomaticallyAfterDays > 0 {
		out = fmt.Sprintf("every %d days", r.AutomaticallyAfterDays)
	}
	if out != "" && r.Duration != "" {
		out += " for " + r.Duration
	}
	return out
}

// Schedule knows the windows in which a secret is rotated. The zero Schedule
// has none; Parse makes all others. Schedules compare with ==.
type Schedule struct {
	length time.Duration // of each window
	every  time.Duration // from the last rotation to the next window; zero for cron
	grain  time.Duration // what a rotation's time is cut to before counting
	cron   cron
}

// IsZero reports that there is no schedule: rotation happens on request only.
func (s Schedule) IsZero() bool { return s == Schedule{} }

// Check refuses rules that cannot be read, and those that rotate more often than
// an interval allows. Its errors are fault.InvalidParameter.
func Check(r Rules, interval time.Duration) error {
	s, err := Parse(r)
	if err != nil || s.IsZero() || s.interval() >= interval {
		return err
	}
	why := fmt.Sprintf("a secret is rotated every %g hours at most", interval.Hours())
	if s.every == 0 {
		why += ", over midnight too"
	}
	return refuse(r.Expression, why)
}

// interval is the shortest time from one window's start to the next.
func (s Schedule) interval() time.Duration {
	if s.every > 0 {
		return s.every
	}
	return s.cron.gap()
}

// Parse reads rules. Without days and without an expression the result is the
// zero Schedule. Every error is a fault.InvalidParameter. How often rules may
// rotate is for [Check], where they come in.
func Parse(r Rules) (Schedule, error) {
	s, err := parseFrequency(r)
	if err != nil {
		return Schedule{}, err
	}
	if s.IsZero() && r.Duration != "" {
		return Schedule{}, invalid("You must specify AutomaticallyAfterDays or ScheduleExpression together with Duration.")
	}
	if s.IsZero() {
		return s, nil
	}
	if s.length, err = s.parseDuration(r.Duration); err != nil {
		return Schedule{}, err
	}
	return s, nil
}

// parseFrequency reads all rules but the Duration.
func parseFrequency(r Rules) (Schedule, error) {
	switch {
	case r.AutomaticallyAfterDays != 0 && r.Expression != "":
		return Schedule{}, invalid("You cannot specify both rotation frequency and schedule expression together.")
	case r.AutomaticallyAfterDays < 0 || r.AutomaticallyAfterDays > maxAfterDays:
		return Schedule{}, invalid("AutomaticallyAfterDays must be between 1 and %d.", maxAfterDays)
	case r.AutomaticallyAfterDays != 0:
		return counted(r.AutomaticallyAfterDays, day), nil
	case r.Expression != "":
		return parseExpression(r.Expression)
	}
	return Schedule{}, nil
}

// counted is the schedule that opens n units after the last rotation.
func counted(n int, unit time.Duration) Schedule {
	return Schedule{every: time.Duration(n) * unit, grain: unit}
}

// parseExpression reads rate(…) or cron(…).
func parseExpression(text string) (Schedule, error) {
	name, rest, opened := strings.Cut(text, "(")
	body, closed := strings.CutSuffix(rest, ")")
	if !opened || !closed {
		return Schedule{}, refuse(text, "it must be rate(…) or cron(…)")
	}
	switch name {
	case "rate":
		return parseRate(text, strings.Fields(body))
	case "cron":
		c, err := parseCron(text, strings.Fields(strings.ToUpper(body)))
		return Schedule{cron: c}, err
	}
	return Schedule{}, refuse(text, "it must be rate(…) or cron(…)")
}

// parseRate reads the value and the unit of rate(). Singular and plural are
// both taken with any value.
func parseRate(text string, words []string) (Schedule, error) {
	units := map[string]time.Duration{"hour": time.Hour, "hours": time.Hour, "day": day, "days": day}
	if len(words) != 2 || units[words[1]] == 0 {
		return Schedule{}, refuse(text, "a rate is a number and hours or days, such as rate(10 days)")
	}
	unit := units[words[1]]
	n, ok := number(words[0])
	if !ok || n > int(maxRate/unit) {
		return Schedule{}, refuse(text, "a rate is a whole number of at most 999 days")
	}
	if n == 0 {
		return Schedule{}, refuse(text, "a rate begins at 1 hour")
	}
	return counted(n, unit), nil
}

// parseDuration reads the length of a window, or gives the one that goes
// without saying (secrets-manager.md, 3.6).
func (s Schedule) parseDuration(text string) (time.Duration, error) {
	standard, limit := s.lengths()
	if text == "" {
		return standard, nil
	}
	digits, inHours := strings.CutSuffix(text, "h")
	n, ok := number(digits)
	if !inHours || !ok || n == 0 {
		return 0, invalid("Invalid Duration %q: it must be a whole number of hours, such as 3h.", text)
	}
	if hours := int(limit / time.Hour); n > hours {
		return 0, invalid("Invalid Duration %q: with this schedule a window lasts %dh at most, "+
			"or it would reach into the next window or the next UTC day.", text, hours)
	}
	return time.Duration(n) * time.Hour, nil
}

// lengths gives the usual and the greatest length of a window. A window of a
// schedule in days ends with its UTC day; one in hours, before the next.
func (s Schedule) lengths() (standard, limit time.Duration) {
	switch {
	case s.grain == day:
		return day, day
	case s.every > 0:
		return time.Hour, s.every
	case s.cron.hours.size() > 1:
		return time.Hour, s.cron.gap()
	}
	rest := day - time.Duration(s.cron.hours.lowest())*time.Hour
	return rest, rest
}

// number reads digits without a sign; it is false for anything else and for
// numbers that no field of a schedule can hold.
func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil
}

// refuse says why an expression cannot be used.
func refuse(expression, why string) error {
	return invalid("Invalid ScheduleExpression %q: %s.", expression, why)
}

func invalid(format string, args ...any) error {
	return fault.New(fault.InvalidParameter, format, args...)
}
