package secret_test

import (
	"math"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

func TestNewJob(t *testing.T) {
	s := rotating(t, monthly)
	s.Key = 7
	want := secret.Job{
		SecretKey: 7, Token: "v2", Function: rotate, Cause: secret.BySchedule, State: secret.Running,
		Step: secret.CreateSecret, Attempt: 1, NextAttempt: birth, Started: birth,
	}
	if got := secret.NewJob(s, "v2", secret.BySchedule, birth); *got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	want.Cause, want.Test, want.Step = secret.ByRequest, true, secret.TestSecret
	if got := secret.NewTestJob(s, "v2", birth); *got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestSteps(t *testing.T) {
	var all []secret.Step
	for step, more := secret.CreateSecret, true; more; step, more = step.Next() {
		all = append(all, step)
	}
	if len(all) != 4 || all[1] != secret.SetSecret || all[2] != secret.TestSecret || all[3] != secret.FinishSecret {
		t.Errorf("%v", all)
	}
	if next, more := secret.Step("create_secret").Next(); more {
		t.Errorf("after an unknown step comes %s", next)
	}
}

// TestRetry: the pause doubles from first to an hour, and jitter takes up to a
// quarter of it.
func TestRetry(t *testing.T) {
	almost := math.Nextafter(1, 0)
	for _, first := range []time.Duration{time.Second, time.Minute, 7 * time.Minute, time.Hour, 3 * time.Hour, 1000 * time.Hour} {
		job := &secret.Job{Token: "v2", State: secret.Running, Attempt: 1}
		longest := min(first, time.Hour)
		for attempt := 1; attempt <= 100; attempt++ {
			for _, jitter := range []float64{0, 0.5, almost} {
				tried := *job
				tried.Step = secret.SetSecret
				tried.Retry("login refused", first, jitter, birth)
				pause := tried.NextAttempt.Sub(birth)
				if pause > longest || pause < longest*3/4 || jitter == 0 && pause != longest {
					t.Fatalf("first %v, attempt %d, jitter %v: pause %v of %v", first, attempt, jitter, pause, longest)
				}
				if tried.Attempt != attempt+1 || tried.Step != secret.CreateSecret || tried.Error != "login refused" ||
					tried.Token != "v2" || tried.State != secret.Running {
					t.Fatalf("%+v", tried)
				}
			}
			job.Attempt++
			job.Pauses++
			longest = min(2*longest, time.Hour)
		}
	}
}

func TestDeferAndEnd(t *testing.T) {
	later := birth.Add(day)
	job := &secret.Job{State: secret.Running, Lease: "runner", LeaseUntil: later, Error: "login refused", Pauses: 7}
	job.Defer(later, later.Add(time.Hour))
	if job.Pauses != 0 || !job.NextAttempt.Equal(later) || !job.Window.Equal(later.Add(time.Hour)) {
		t.Errorf("%+v", job)
	}
	revoked := *job
	if revoked.Revoke(secret.Cancelled, later); revoked.State != secret.Cancelled || revoked.Lease != "" || !revoked.LeaseUntil.Equal(later) {
		t.Errorf("%+v", revoked)
	}
	job.End(secret.Abandoned, later)
	if job.State != secret.Abandoned || !job.Ended.Equal(later) || job.Lease != "" || !job.LeaseUntil.IsZero() || job.Error != "login refused" {
		t.Errorf("%+v", job)
	}
}

func TestGap(t *testing.T) {
	for _, test := range []struct {
		changed, promoted time.Time
		want              time.Duration
	}{
		{birth, birth.Add(40 * time.Millisecond), 40 * time.Millisecond},
		{birth, time.Time{}, 0},
		{time.Time{}, birth, 0},
	} {
		job := secret.Job{Changed: test.changed, Promoted: test.promoted}
		if job.Gap() != test.want {
			t.Errorf("%v to %v: %v", test.changed, test.promoted, job.Gap())
		}
	}
}

// TestAllowance: the last attempt is the last, until a person forgives those
// before.
func TestAllowance(t *testing.T) {
	job := &secret.Job{Token: "v2", State: secret.Running, Step: secret.SetSecret, Attempt: 1, Lease: "runner"}
	for range 2 {
		if job.Spent(3) {
			t.Fatalf("spent too early: %+v", job)
		}
		job.Retry("login refused", time.Minute, 0, birth)
	}
	if !job.Spent(3) || job.Spent(4) || job.Waiting() {
		t.Fatalf("the third of three: %+v", job)
	}
	job.GiveUp("login refused again", birth)
	if !job.Waiting() || job.State != secret.Failed || job.Step != secret.CreateSecret || !job.Ended.Equal(birth) ||
		job.Error != "login refused again" || job.Lease != "" || job.Attempt != 3 {
		t.Fatalf("%+v", job)
	}
	later := birth.Add(day)
	job.TryAgain(later)
	if job.State != secret.Running || job.Attempt != 4 || job.Forgiven != 3 || job.Pauses != 0 || !job.NextAttempt.Equal(later) || !job.Ended.IsZero() || job.Spent(2) || !job.Spent(1) {
		t.Errorf("%+v", job)
	}
	job.TryAgain(later) // while it waits for its next attempt
	if job.Attempt != 4 || job.Forgiven != 3 {
		t.Errorf("%+v", job)
	}
	if test := (&secret.Job{Test: true, State: secret.Failed}); test.Waiting() {
		t.Error("a test that failed waits for nobody")
	}
}
