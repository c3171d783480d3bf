package secret_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

// TestNextRotationDate holds the samples of real secrets (secrets-manager.md,
// 3.7) and what follows from the same rules.
func TestNextRotationDate(t *testing.T) {
	for name, test := range map[string]struct {
		rules   schedule.Rules
		rotated string
		next    string
		days    int
	}{
		"sample: 30 days": {schedule.Rules{AutomaticallyAfterDays: 30},
			"2026-01-22T06:42:22Z", "2026-02-21T23:59:59Z", 30},
		"sample: Mondays, 2023": {schedule.Rules{Expression: "cron(0 0 ? * 2 *)"},
			"2023-10-16T07:18:00Z", "2023-10-23T23:59:59Z", 7},
		"sample: Mondays, 2026": {schedule.Rules{Expression: "cron(0 0 ? * 2 *)"},
			"2026-09-07T18:14:00Z", "2026-09-14T23:59:59Z", 7},
		"sample: 16:00 for 2h": {schedule.Rules{Expression: "cron(0 16 1,15 * ? *)", Duration: "2h"},
			"2026-03-01T16:40:00Z", "2026-03-15T17:59:59Z", 14},
		"between Mondays": {schedule.Rules{Expression: "cron(0 0 ? * 2 *)"},
			"2026-09-09T12:00:00Z", "2026-09-14T23:59:59Z", 7},
		"the first second of a window": {schedule.Rules{Expression: "cron(0 0 ? * 2 *)"},
			"2026-09-07T00:00:00Z", "2026-09-14T23:59:59Z", 7},
		"10 days as a rate": {schedule.Rules{Expression: "rate(10 days)"},
			"2026-01-22T06:42:22Z", "2026-02-01T23:59:59Z", 10},
		"days for 3h": {schedule.Rules{AutomaticallyAfterDays: 7, Duration: "3h"},
			"2026-01-22T06:42:22Z", "2026-01-29T02:59:59Z", 7},
		"6 hours as a rate": {schedule.Rules{Expression: "rate(6 hours)"},
			"2026-01-22T06:42:22Z", "2026-01-22T12:59:59Z", 1},
		"the last moment of a day": {schedule.Rules{AutomaticallyAfterDays: 1},
			"2026-01-22T23:59:59Z", "2026-01-23T23:59:59Z", 1},
		"a day of another zone": {schedule.Rules{AutomaticallyAfterDays: 1},
			"2026-01-22T23:30:00-02:00", "2026-01-24T23:59:59Z", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := rotating(t, &test.rules), at(test.rotated)
			rotateTo(t, s, "v2", now)
			r := s.Rotation
			if !r.Next().Equal(at(test.next)) || !r.Window.Equal(at(test.next).Add(time.Second)) {
				t.Errorf("next %v, window until %v; want %s", r.Next(), r.Window, test.next)
			}
			if r.Days != test.days {
				t.Errorf("days %d, want %d", r.Days, test.days)
			}
			if !r.Due.After(now) || !r.Due.Before(r.Window) {
				t.Errorf("due %v", r.Due)
			}
		})
	}
}

// TestFirstDate: a secret never rotated counts from when it got its schedule.
func TestFirstDate(t *testing.T) {
	s := rotating(t, &schedule.Rules{AutomaticallyAfterDays: 3}) // on 2026-11-21
	if want := at("2026-11-24T23:59:59Z"); !s.Rotation.Next().Equal(want) || s.Rotation.Days != 0 {
		t.Errorf("next %v, days %d", s.Rotation.Next(), s.Rotation.Days)
	}
	if err := s.Configure("", nil, birth.Add(2*day)); err != nil || !s.Rotation.Next().Equal(at("2026-11-24T23:59:59Z")) {
		t.Errorf("asking again moved it to %v, %v", s.Rotation.Next(), err)
	}
}

// TestWritten: a value written by hand counts as a rotation where days count,
// and changes nothing in a calendar.
func TestWritten(t *testing.T) {
	for name, test := range map[string]struct {
		rules        schedule.Rules
		before, next string
	}{
		"days":  {schedule.Rules{AutomaticallyAfterDays: 30}, "2026-12-21T23:59:59Z", "2026-12-31T23:59:59Z"},
		"rate":  {schedule.Rules{Expression: "rate(30 days)"}, "2026-12-21T23:59:59Z", "2026-12-31T23:59:59Z"},
		"hours": {schedule.Rules{Expression: "rate(300 hours)"}, "2026-12-03T21:59:59Z", "2026-12-13T21:59:59Z"},
		"cron":  {schedule.Rules{Expression: "cron(0 0 ? * 6 *)"}, "2026-11-27T23:59:59Z", "2026-12-04T23:59:59Z"},
	} {
		t.Run(name, func(t *testing.T) {
			s := rotating(t, &test.rules)
			rotateTo(t, s, "v2", birth)
			if !s.Rotation.Next().Equal(at(test.before)) {
				t.Fatalf("next %v, want %s", s.Rotation.Next(), test.before)
			}
			if err := s.Written(birth.Add(10 * day)); err != nil || !s.Rotation.Next().Equal(at(test.next)) {
				t.Errorf("next %v, %v; want %s", s.Rotation.Next(), err, test.next)
			}
			if !s.Rotation.LastRotated.Equal(birth) {
				t.Errorf("a write moved LastRotatedDate to %v", s.Rotation.LastRotated)
			}
		})
	}
}

// TestSkip: the next window of a rotation that could not start.
func TestSkip(t *testing.T) {
	for name, test := range map[string]struct {
		rules     schedule.Rules
		now, next string
	}{
		"days follow one another": {schedule.Rules{AutomaticallyAfterDays: 30}, "2026-12-21T10:00:00Z", "2026-12-22T23:59:59Z"},
		"long overdue":            {schedule.Rules{AutomaticallyAfterDays: 30}, "2027-03-01T10:00:00Z", "2027-03-02T23:59:59Z"},
		"a calendar stays":        {schedule.Rules{Expression: "cron(0 0 ? * 2 *)"}, "2026-11-23T10:00:00Z", "2026-11-30T23:59:59Z"},
	} {
		t.Run(name, func(t *testing.T) {
			s := rotating(t, &test.rules)
			rotateTo(t, s, "v2", birth)
			if err := s.Skip(at(test.now)); err != nil || !s.Rotation.Next().Equal(at(test.next)) {
				t.Errorf("next %v, %v; want %s", s.Rotation.Next(), err, test.next)
			}
			if !s.Rotation.Due.After(at(test.now)) || !s.Rotation.LastRotated.Equal(birth) {
				t.Errorf("%+v", s.Rotation)
			}
		})
	}
}

// TestDueIsSpread: secrets with one window do not all rotate at once.
func TestDueIsSpread(t *testing.T) {
	due := map[time.Time]bool{}
	for _, suffix := range []string{"aaaaaa", "bbbbbb", "cccccc", "dddddd"} {
		s := secret.New(secret.ARN{Region: "eu-west-1", Account: "123456789012", Name: "db", Suffix: suffix}, birth)
		if err := s.Configure(rotate, monthly, birth); err != nil {
			t.Fatal(err)
		}
		due[s.Rotation.Due] = true
	}
	if len(due) < 4 {
		t.Errorf("four secrets, due at %v", due)
	}
}

// TestDueAtOpening: without spreading, a rotation starts when its window opens.
func TestDueAtOpening(t *testing.T) {
	s := newSecret()
	put(t, s, "v1")
	s.Rotation.AtOpening = true
	if err := s.Configure(rotate, &schedule.Rules{Expression: "cron(0 8 ? * MON *)"}, birth); err != nil {
		t.Fatal(err)
	}
	if r := s.Rotation; !r.Due.Equal(at("2026-11-23T08:00:00Z")) || !r.Next().Equal(at("2026-11-23T23:59:59Z")) {
		t.Errorf("due %v, next %v", r.Due, r.Next())
	}
}

// TestLateSchedule: a secret that is old when it gets a schedule, or another one,
// counts from then while it never rotated.
func TestLateSchedule(t *testing.T) {
	s, late := newSecret(), birth.Add(100*day) // on 2027-03-01
	put(t, s, "v1")
	if err := s.Written(birth); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		rules *schedule.Rules
		now   time.Time
		next  string
	}{
		{monthly, late, "2027-03-31T23:59:59Z"},
		{monthly, late.Add(day), "2027-03-31T23:59:59Z"}, // nothing new
		{&schedule.Rules{AutomaticallyAfterDays: 7}, late.Add(20 * day), "2027-03-28T23:59:59Z"},
	} {
		if err := s.Configure(rotate, step.rules, step.now); err != nil || !s.Rotation.Next().Equal(at(step.next)) {
			t.Errorf("%v at %v: next %v, want %s (%v)", step.rules, step.now, s.Rotation.Next(), step.next, err)
		}
	}
	rotateTo(t, s, "v2", late.Add(30*day))
	if err := s.Configure("", monthly, late.Add(40*day)); err != nil || !s.Rotation.Next().Equal(at("2027-04-30T23:59:59Z")) {
		t.Errorf("a rotated secret counts from its rotation: next %v, %v", s.Rotation.Next(), err)
	}
}
