package schedule

import (
	"fmt"
	"testing"
	"time"
)

// TestNextRotationDate holds the samples of secrets-manager.md, 3.7: what
// stands in NextRotationDate and AutomaticallyAfterDays after a rotation.
func TestNextRotationDate(t *testing.T) {
	const monday, halves = "cron(0 0 ? * 2 *)", "cron(0 16 1,15 * ? *)"
	for _, c := range []struct {
		rules       Rules
		last, next  string
		daysBetween int
	}{
		// Recorded from AWS.
		{Rules{AutomaticallyAfterDays: 30}, "2026-01-22T06:42:22Z", "2026-02-21T23:59:59Z", 30},
		{Rules{Expression: monday}, "2023-10-16T07:18:00Z", "2023-10-23T23:59:59Z", 7},
		{Rules{Expression: monday}, "2026-09-07T18:14:00Z", "2026-09-14T23:59:59Z", 7},
		{Rules{Expression: halves, Duration: "2h"}, "2026-10-01T16:30:00Z", "2026-10-15T17:59:59Z", 14},
		// Decided here.
		{Rules{Expression: monday}, "2026-09-09T10:00:00Z", "2026-09-14T23:59:59Z", 7},
		{Rules{Expression: monday}, "2026-09-07T00:00:00Z", "2026-09-14T23:59:59Z", 7},
		{Rules{Expression: halves, Duration: "2h"}, "2026-10-15T10:00:00Z", "2026-10-15T17:59:59Z", 14},
		{Rules{Expression: halves, Duration: "2h"}, "2026-10-15T16:00:01Z", "2026-11-01T17:59:59Z", 17},
		{Rules{AutomaticallyAfterDays: 1, Duration: "3h"}, "2026-12-31T23:59:59Z", "2027-01-01T02:59:59Z", 1},
		{Rules{Expression: "rate(10 days)"}, "2026-02-20T12:00:00Z", "2026-03-02T23:59:59Z", 10},
		{Rules{Expression: "rate(6 hours)"}, "2026-02-20T20:40:00Z", "2026-02-21T02:59:59Z", 1},
		{Rules{Expression: "rate(25 hours)", Duration: "2h"}, "2026-02-20T20:40:00Z", "2026-02-21T22:59:59Z", 2},
		{Rules{Expression: "cron(0 8/8 * * ? *)"}, "2026-02-20T08:40:00Z", "2026-02-20T16:59:59Z", 1},
		{Rules{Expression: "cron(0 8/8 * * ? *)"}, "2026-02-20T16:40:00Z", "2026-02-21T08:59:59Z", 1},
		{Rules{Expression: "cron(0 0 29 2 ? *)"}, "2096-02-29T01:00:00Z", "2104-02-29T23:59:59Z", 2921},
	} {
		s, last := rules(t, c.rules), at(t, c.last)
		if w := s.Next(last, last); !w.Last().Equal(at(t, c.next)) {
			t.Errorf("%+v rotated %s: next %s, want %s", c.rules, c.last, w.Last(), c.next)
		}
		if days := s.Days(last); days != c.daysBetween {
			t.Errorf("%+v rotated %s: %d days, want %d", c.rules, c.last, days, c.daysBetween)
		}
	}
}

// TestWindows lists the open window and those that follow, for a given time
// and last rotation.
func TestWindows(t *testing.T) {
	const never = ""
	for name, c := range map[string]struct {
		rules     Rules
		now, last string
		open      string   // start of the open window
		next      []string // starts of those that follow
	}{
		"cron, open and unused": {
			Rules{Expression: "cron(0 4 * * ? *)", Duration: "2h"}, "2026-05-04T05:59:59Z", "2026-05-03T04:10:00Z",
			"2026-05-04T04:00:00Z", []string{"2026-05-05T04:00:00Z", "2026-05-06T04:00:00Z"},
		},
		"cron, open since this instant": {
			Rules{Expression: "cron(0 4 * * ? *)"}, "2026-05-04T04:00:00Z", never,
			"2026-05-04T04:00:00Z", []string{"2026-05-05T04:00:00Z"},
		},
		"cron, closed at this instant": {
			Rules{Expression: "cron(0 4 * * ? *)", Duration: "2h"}, "2026-05-04T06:00:00Z", never,
			"", []string{"2026-05-05T04:00:00Z"},
		},
		"cron, open but used": {
			Rules{Expression: "cron(0 4 * * ? *)", Duration: "2h"}, "2026-05-04T05:00:00Z", "2026-05-04T04:30:00Z",
			"", []string{"2026-05-05T04:00:00Z"},
		},
		"cron, missed windows are not made up for": {
			Rules{Expression: "cron(0 4 ? * SUN *)", Duration: "2h"}, "2026-05-06T05:00:00Z", "2026-04-01T05:00:00Z",
			"", []string{"2026-05-10T04:00:00Z", "2026-05-17T04:00:00Z"},
		},
		"cron, clock behind the last rotation": {
			Rules{Expression: "cron(0 4 * * ? *)"}, "2026-05-04T03:00:00Z", "2026-05-04T04:01:00Z",
			"", []string{"2026-05-05T04:00:00Z"},
		},
		"cron, last day of the month": {
			Rules{Expression: "cron(0 17 L * ? *)"}, "2028-02-01T00:00:00Z", never,
			"", []string{"2028-02-29T17:00:00Z", "2028-03-31T17:00:00Z", "2028-04-30T17:00:00Z"},
		},
		"cron, last Sunday of the month": {
			Rules{Expression: "cron(0 17 SUNL * ? *)"}, "2026-05-01T00:00:00Z", never,
			"", []string{"2026-05-31T17:00:00Z", "2026-06-28T17:00:00Z"},
		},
		"cron, hours start again each day": {
			Rules{Expression: "cron(0 2/10 * * ? *)"}, "2026-05-04T02:30:00Z", "2026-05-04T02:10:00Z",
			"", []string{"2026-05-04T12:00:00Z", "2026-05-04T22:00:00Z", "2026-05-05T02:00:00Z"},
		},
		"days, due today": {
			Rules{AutomaticallyAfterDays: 30}, "2026-02-21T13:00:00Z", "2026-01-22T06:42:22Z",
			"2026-02-21T00:00:00Z", []string{"2026-02-22T00:00:00Z", "2026-02-23T00:00:00Z"},
		},
		"days, not yet due": {
			Rules{AutomaticallyAfterDays: 30}, "2026-02-20T23:59:59Z", "2026-01-22T06:42:22Z",
			"", []string{"2026-02-21T00:00:00Z", "2026-02-22T00:00:00Z"},
		},
		"days, overdue after this day's hours": {
			Rules{AutomaticallyAfterDays: 30, Duration: "2h"}, "2026-06-01T02:00:00Z", "2026-01-22T06:42:22Z",
			"", []string{"2026-06-02T00:00:00Z", "2026-06-03T00:00:00Z"},
		},
		"days, overdue in this day's hours": {
			Rules{AutomaticallyAfterDays: 30, Duration: "2h"}, "2026-06-01T01:59:59Z", "2026-01-22T06:42:22Z",
			"2026-06-01T00:00:00Z", []string{"2026-06-02T00:00:00Z"},
		},
		"days, never rotated": {
			Rules{AutomaticallyAfterDays: 1}, "2026-06-01T12:00:00Z", never,
			"", []string{"2026-06-02T00:00:00Z"},
		},
		"hours, due": {
			Rules{Expression: "rate(6 hours)", Duration: "2h"}, "2026-06-01T11:00:00Z", "2026-06-01T04:59:59Z",
			"2026-06-01T10:00:00Z", []string{"2026-06-01T16:00:00Z", "2026-06-01T22:00:00Z"},
		},
		"hours, overdue by much": {
			Rules{Expression: "rate(240 hours)"}, "2026-06-30T12:00:00Z", "2026-06-01T04:59:59Z",
			"", []string{"2026-07-01T04:00:00Z", "2026-07-02T04:00:00Z"},
		},
		"hours, overdue with windows longer than a day": {
			Rules{Expression: "rate(240 hours)", Duration: "30h"}, "2026-06-12T12:00:00Z", "2026-06-01T04:59:59Z",
			"2026-06-12T10:00:00Z", []string{"2026-06-13T16:00:00Z"},
		},
		"hours, never rotated": {
			Rules{Expression: "rate(6 hours)"}, "2026-06-01T12:30:00Z", never,
			"", []string{"2026-06-01T18:00:00Z"},
		},
		"no schedule": {Rules{}, "2026-06-01T12:30:00Z", "2026-06-01T12:00:00Z", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := rules(t, c.rules), at(t, c.now)
			var last time.Time
			if c.last != never {
				last = at(t, c.last)
			}
			if open, ok := s.At(now, last); ok != (c.open != "") || ok && !open.Start.Equal(at(t, c.open)) {
				t.Errorf("open: %v %v, want %q", open, ok, c.open)
			}
			if w := s.Next(now, last); w.IsZero() != (len(c.next) == 0) {
				t.Errorf("next is %v", w)
			}
			for after, i := now, 0; i < len(c.next); i++ {
				w := s.Next(after, last)
				if !w.Start.Equal(at(t, c.next[i])) {
					t.Errorf("window %d starts %s, want %s", i, w.Start, c.next[i])
				}
				after = w.Start
			}
		})
	}
}

func TestDaysWithoutSchedule(t *testing.T) {
	if days := (Schedule{}).Days(at(t, "2026-06-01T00:00:00Z")); days != 0 {
		t.Errorf("%d days", days)
	}
}

// TestMoment checks that moments are stable, whole seconds, spread over the
// first three quarters of the window and never in the last.
func TestMoment(t *testing.T) {
	start := at(t, "2026-06-01T00:00:00Z")
	w := Window{Start: start, End: start.Add(8 * time.Hour)}
	var quarters [4]int
	for i := range 3000 {
		seed := fmt.Sprintf("arn:aws:secretsmanager:eu-west-1:123456789012:secret:db%d-AbCdEf", i)
		m := w.Moment(seed)
		if again := w.Moment(seed); again != m {
			t.Fatalf("%s: first %s, then %s", seed, m, again)
		}
		if m.Before(start) || !m.Equal(m.Truncate(time.Second)) {
			t.Fatalf("%s: %s", seed, m)
		}
		quarters[m.Sub(start)/(2*time.Hour)]++
	}
	for i, n := range quarters[:3] {
		if n < 900 || n > 1100 {
			t.Errorf("%d of 3000 moments in quarter %d", n, i+1)
		}
	}
	if quarters[3] != 0 {
		t.Errorf("%d moments in the last quarter", quarters[3])
	}
	// A constant: stored due times must survive an upgrade.
	if m := w.Moment("seed"); !m.Equal(at(t, "2026-06-01T00:00:42Z")) {
		t.Errorf("the moment of a seed changed: %s", m)
	}
	if m := (Window{Start: start, End: start}).Moment("seed"); !m.Equal(start) {
		t.Errorf("a window without time has its moment at %s", m)
	}
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}
