package secret_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

// TestPlannedInFreeze says where rotations go that fall into a freeze. They start
// as windows open, except for what the freeze leaves of one.
func TestPlannedInFreeze(t *testing.T) {
	weekly := schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "4h"}
	for name, test := range map[string]struct {
		rules      schedule.Rules
		freezes    secret.Freezes
		start, end string // the first window is on Monday, 2026-11-23, or in an interval
	}{
		"no freeze":         {weekly, nil, "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"},
		"one before":        {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-11-23T08:00:00Z")}, "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"},
		"one later":         {weekly, secret.Freezes{freeze("2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z")}, "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"},
		"the beginning":     {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-11-23T10:30:00Z")}, "2026-11-23T10:30:00Z", "2026-11-23T12:00:00Z"},
		"the whole window":  {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-11-23T12:00:00Z")}, "2026-11-30T08:00:00Z", "2026-11-30T12:00:00Z"},
		"into the next":     {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-11-30T09:00:00Z")}, "2026-11-30T09:00:00Z", "2026-11-30T12:00:00Z"},
		"up to the third":   {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-12-07T08:00:00Z")}, "2026-12-07T08:00:00Z", "2026-12-07T12:00:00Z"},
		"two, one window":   {weekly, secret.Freezes{freeze("2026-11-22T00:00:00Z", "2026-11-25T00:00:00Z"), freeze("2026-11-30T07:00:00Z", "2026-11-30T20:00:00Z")}, "2026-12-07T08:00:00Z", "2026-12-07T12:00:00Z"},
		"of other secrets":  {weekly, secret.Freezes{{Account: someARN.Account, Region: someARN.Region, Match: "test/*", From: birth, To: birth.Add(90 * day)}}, "2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z"},
		"days, for a while": {schedule.Rules{AutomaticallyAfterDays: 30}, secret.Freezes{freeze("2026-12-20T00:00:00Z", "2027-01-02T00:00:00Z")}, "2027-01-02T00:00:00Z", "2027-01-03T00:00:00Z"},
		"days, some hours":  {schedule.Rules{AutomaticallyAfterDays: 30, Duration: "3h"}, secret.Freezes{freeze("2026-12-20T00:00:00Z", "2026-12-21T05:00:00Z")}, "2026-12-22T00:00:00Z", "2026-12-22T03:00:00Z"},
		"hours":             {schedule.Rules{Expression: "rate(6 hours)"}, secret.Freezes{freeze("2026-11-21T12:00:00Z", "2026-11-22T00:00:00Z")}, "2026-11-22T03:00:00Z", "2026-11-22T04:00:00Z"},
		"hours, for days":   {schedule.Rules{Expression: "rate(6 hours)"}, secret.Freezes{freeze("2026-11-21T12:00:00Z", "2026-12-21T15:30:00Z")}, "2026-12-21T15:30:00Z", "2026-12-21T16:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecret()
			put(t, s, "v1")
			s.Rotation.AtOpening = true
			if err := s.Configure(rotate, &test.rules, birth); err != nil {
				t.Fatal(err)
			}
			before := s.Rotation
			start, end := s.Planned(test.freezes)
			if !start.Equal(at(test.start)) || !end.Equal(at(test.end)) {
				t.Errorf("%v to %v, want %s to %s", start, end, test.start, test.end)
			}
			if next := s.NextRotationDate(test.freezes); !next.Equal(end.Add(-time.Second)) {
				t.Errorf("NextRotationDate %v", next)
			}
			if s.Rotation != before {
				t.Errorf("looking changed the plan: %+v", s.Rotation)
			}
		})
	}
}

func TestPlannedWithoutSchedule(t *testing.T) {
	s := rotating(t, nil)
	fs := secret.Freezes{freeze("2026-11-01T00:00:00Z", "2027-01-02T00:00:00Z")}
	if start, end := s.Planned(fs); !start.IsZero() || !end.IsZero() || !s.NextRotationDate(fs).IsZero() {
		t.Errorf("%v, %v, %v", start, end, s.NextRotationDate(fs))
	}
	s = rotating(t, monthly)
	next := s.Rotation.Next()
	if err := s.StartRotation("v2", birth); err != nil {
		t.Fatal(err)
	}
	if got := s.NextRotationDate(fs); !got.Equal(next) {
		t.Errorf("while a rotation runs the date is that one's: %v, want %v", got, next)
	}
}

// TestPostponedAsPlanned plays what the runner does, window after window: in the
// end the rotation starts when Planned said.
func TestPostponedAsPlanned(t *testing.T) {
	r := rand.New(rand.NewPCG(1467, 1))
	rules := []schedule.Rules{
		{AutomaticallyAfterDays: 1}, {AutomaticallyAfterDays: 30, Duration: "5h"}, {Expression: "rate(4 hours)"},
		{Expression: "rate(9 hours)", Duration: "7h"}, {Expression: "rate(3 days)"}, {Expression: "cron(0 8 ? * MON-FRI *)"},
		{Expression: "cron(0 0/6 * * ? *)", Duration: "3h"}, {Expression: "cron(0 16 1,15 * ? *)", Duration: "2h"},
	}
	for i := range 2000 {
		s := newSecret()
		s.ARN.Suffix = secret.NewSuffix()
		put(t, s, "v1")
		s.Rotation.AtOpening = i%2 == 0
		if err := s.Configure(rotate, &rules[i%len(rules)], birth); err != nil {
			t.Fatal(err)
		}
		var fs secret.Freezes
		for range 1 + r.IntN(4) {
			from := s.Rotation.Due.Add(time.Duration(r.IntN(20*24*60)-5*24*60) * time.Minute)
			f := freeze("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
			f.From, f.To = from, from.Add(time.Duration(1+r.IntN(15*24*60))*time.Minute)
			fs = append(fs, f)
		}
		start, end := s.Planned(fs)
		for steps := 0; ; steps++ {
			until, frozen := fs.Until(s, s.Rotation.Due)
			if !frozen {
				break
			}
			if now := s.Rotation.Due; s.Postpone(until, now) != nil || !s.Rotation.Due.After(now) || steps > 10000 {
				t.Fatalf("%v: postponed from %v to %v", s.Rotation.Rules, now, s.Rotation.Due)
			}
		}
		if !s.Rotation.Due.Equal(start) || !s.Rotation.Window.Equal(end) {
			t.Fatalf("%v with %+v: planned %v to %v, came %v to %v", s.Rotation.Rules, fs, start, end, s.Rotation.Due, s.Rotation.Window)
		}
		if start.Before(birth) || !start.Before(end) {
			t.Fatalf("%v: starts %v in a window until %v", s.Rotation.Rules, start, end)
		}
	}
}

// TestPostponeAfterRemoval: a freeze to the end of time, taken away, costs one
// window.
func TestPostponeAfterRemoval(t *testing.T) {
	s := rotating(t, &schedule.Rules{Expression: "rate(10 days)"}) // due on 2026-12-01
	if err := s.Postpone(at("2999-01-01T00:00:00Z"), s.Rotation.Due); err != nil || !s.NextRotationDate(nil).Equal(at("2026-12-02T23:59:59Z")) {
		t.Errorf("next %v, %v", s.NextRotationDate(nil), err)
	}
}

func TestHoldAttempt(t *testing.T) {
	window := at("2026-11-23T12:00:00Z") // its end; it opened at 08:00
	frozen := secret.Freezes{freeze("2026-11-23T09:00:00Z", "2026-11-23T11:00:00Z")}
	frozenLong := secret.Freezes{freeze("2026-11-23T09:00:00Z", "2026-11-25T11:00:00Z")}
	for name, test := range map[string]struct {
		change  func(*secret.Secret, *secret.Job)
		touched bool
		freezes secret.Freezes
		now     string
		next    string // "" when it is not held
		window  time.Time
	}{
		"in its window":        {nil, false, nil, "2026-11-23T09:30:00Z", "", window},
		"frozen":               {nil, false, frozen, "2026-11-23T09:30:00Z", "2026-11-23T11:00:00Z", window},
		"frozen for days":      {nil, false, frozenLong, "2026-11-23T09:30:00Z", "2026-11-30T08:00:00Z", window.AddDate(0, 0, 7)},
		"frozen, touched":      {nil, true, frozen, "2026-11-23T09:30:00Z", "", window},
		"frozen, by a person":  {func(_ *secret.Secret, j *secret.Job) { j.Cause = secret.ByRequest }, false, frozen, "2026-11-23T09:30:00Z", "", window},
		"frozen, a test":       {func(_ *secret.Secret, j *secret.Job) { j.Test = true }, false, frozen, "2026-11-23T09:30:00Z", "", window},
		"its window is over":   {nil, false, nil, "2026-11-23T12:00:00Z", "2026-11-30T08:00:00Z", window.AddDate(0, 0, 7)},
		"over, touched":        {nil, true, nil, "2026-11-23T12:00:00Z", "", window},
		"over, a person asked": {func(_ *secret.Secret, j *secret.Job) { j.TryAgain(at("2026-11-23T15:00:00Z")) }, false, nil, "2026-11-23T15:00:00Z", "", window},
		"no value":             {func(s *secret.Secret, _ *secret.Job) { s.Versions = s.Versions[1:] }, false, nil, "2026-11-23T09:30:00Z", "2026-11-23T10:30:00Z", window},
		"no value, by a person": {func(s *secret.Secret, j *secret.Job) {
			s.Versions, j.Cause, j.Window = s.Versions[1:], secret.ByRequest, time.Time{}
		}, false, nil, "2026-11-23T09:30:00Z", "2026-11-23T10:30:00Z", time.Time{}},
		"the schedule is gone": {func(s *secret.Secret, _ *secret.Job) { s.Rotation.Rules = schedule.Rules{} }, false, nil, "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z", time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := rotating(t, &schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "4h"})
			s.Rotation.AtOpening = true
			if err := s.StartRotation("v2", at("2026-11-23T08:00:00Z")); err != nil {
				t.Fatal(err)
			}
			job := secret.NewJob(s, "v2", secret.BySchedule, at("2026-11-23T08:00:00Z"))
			job.Window, job.Lease = window, "runner"
			if test.change != nil {
				test.change(s, job)
			}
			held, err := s.HoldAttempt(job, test.touched, test.freezes, at(test.now))
			if want := test.next != ""; err != nil || held != want || want && (!job.NextAttempt.Equal(at(test.next)) || job.Lease != "") {
				t.Errorf("held %v, next %v, leased to %q, %v", held, job.NextAttempt, job.Lease, err)
			}
			if !job.Window.Equal(test.window) || job.Attempt != 1 {
				t.Errorf("%+v", job)
			}
		})
	}
}

// TestDeferAttempt: the end of a window is no part of it.
func TestDeferAttempt(t *testing.T) {
	s := rotating(t, &schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "1h"})
	s.Rotation.AtOpening = true
	end := at("2026-11-23T09:00:00Z")
	for _, test := range []struct {
		next, window time.Time
		want         string
	}{
		{end.Add(-time.Microsecond), end, "2026-11-23T08:59:59.999999Z"},
		{end, end, "2026-11-24T08:00:00Z"},
		{end.Add(time.Minute), end, "2026-11-24T08:00:00Z"},
		{end.Add(time.Minute), time.Time{}, "2026-11-23T09:01:00Z"},
	} {
		job := &secret.Job{NextAttempt: test.next, Window: test.window}
		if err := s.DeferAttempt(job, at("2026-11-23T08:40:00Z")); err != nil || !job.NextAttempt.Equal(at(test.want)) {
			t.Errorf("%v in a window until %v: %v, want %s (%v)", test.next, test.window, job.NextAttempt, test.want, err)
		}
		if deferred := !job.NextAttempt.Equal(test.next); deferred && !job.Window.Equal(end.Add(day)) {
			t.Errorf("deferred to a window until %v", job.Window)
		}
	}
}
