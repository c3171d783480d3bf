package secret

import (
	"time"
)

// State is where a rotation stands. All but Running are ends; a Failed rotation
// can be taken up again by a person.
type State string

// The states of a rotation (doc/rotation.md draws them).
const (
	Running   State = "running"   // at work, or waiting for the next attempt
	Succeeded State = "succeeded" // all four steps, AWSCURRENT on the new version
	Failed    State = "failed"    // a test that failed, or a rotation out of attempts: it waits for a person
	Abandoned State = "abandoned" // AWSCURRENT was written meanwhile
	Cancelled State = "cancelled" // CancelRotateSecret, or AWSPENDING taken off by hand
)

// Cause is what started a rotation.
type Cause string

// The causes.
const (
	BySchedule Cause = "schedule"
	ByRequest  Cause = "request"
	ByRecovery Cause = "recovery" // the rotation before was ended after its password had been sent
)

// Job is one rotation, under way or ended: the row that is committed before
// anything runs and that a runner resumes from after a crash.
type Job struct {
	ID          int64
	SecretKey   int64
	Token       string // the version being made
	Function    string // its ARN
	Cause       Cause
	Test        bool // RotateImmediately=false: testSecret alone, on a copy
	State       State
	Step        Step // the step to run next
	Attempt     int  // the attempt under way, or the next one; from 1
	Forgiven    int  // attempts before a person last asked for another; they count no longer
	Pauses      int  // between attempts in this window, or since a person last asked for one
	NextAttempt time.Time
	Window      time.Time // attempts end with it, zero for no window
	Lease       string    // held by the runner at work
	LeaseUntil  time.Time
	Started     time.Time
	Ended       time.Time
	Changed     time.Time // when the target took the new credential
	Promoted    time.Time // when AWSCURRENT moved to it
	Error       string    // of the last failed step; no credential
	Account     string    // what this attempt changes, a hash; "" while nothing is claimed
	Host        string    // where, or which one is waited for
}

// NewJob makes the row of a rotation that starts now.
func NewJob(s *Secret, token string, cause Cause, now time.Time) *Job {
	return &Job{
		SecretKey: s.Key, Token: token, Function: s.Rotation.FunctionARN, Cause: cause,
		State: Running, Step: CreateSecret, Attempt: 1, NextAttempt: now, Started: now,
	}
}

// Again tells whether the target may have heard of the pending value already:
// not before setSecret of the first attempt. A rotation that is claimed at a
// later step goes on where another runner was.
func (j *Job) Again() bool { return j.Attempt > 1 || j.Step != CreateSecret }

// NewTestJob makes the row of a test rotation (3.4).
func NewTestJob(s *Secret, token string, now time.Time) *Job {
	j := NewJob(s, token, ByRequest, now)
	j.Test, j.Step = true, TestSecret
	return j
}

// Gap is how long the target refused AWSCURRENT: from the change there to the
// move of the label here. Zero while unknown.
func (j *Job) Gap() time.Duration {
	if j.Changed.IsZero() || j.Promoted.IsZero() {
		return 0
	}
	return j.Promoted.Sub(j.Changed)
}

// Retry plans the next attempt after a failed step: all steps again, with the
// same token and the stored value (3.8), after a pause that doubles from first
// to an hour, in each window anew. jitter is from [0,1) and shortens the pause by
// up to a quarter.
func (j *Job) Retry(cause string, first time.Duration, jitter float64, now time.Time) {
	j.Error = cause
	j.NextAttempt = now.Add(pause(j.Pauses+1, first, jitter))
	j.Attempt++
	j.Pauses++
	j.Step = CreateSecret
}

// pause is how long to wait after a number of failures: first, doubling to an
// hour, and shortened by up to a quarter.
func pause(failures int, first time.Duration, jitter float64) time.Duration {
	p := min(min(first, time.Hour)<<min(failures-1, 20), time.Hour) // never beyond what a Duration holds
	return p - time.Duration(float64(p)*jitter/4)
}

// Spent tells whether the attempt under way is the last that is allowed.
func (j *Job) Spent(allowed int) bool { return j.Attempt-j.Forgiven >= allowed }

// Waiting tells that the rotation ran out of attempts and waits for a person.
func (j *Job) Waiting() bool { return j.State == Failed && !j.Test }

// GiveUp ends the rotation after its last attempt. AWSPENDING and its value stay.
func (j *Job) GiveUp(cause string, now time.Time) {
	j.Error, j.Step = cause, CreateSecret
	j.End(Failed, now)
}

// TryAgain has the rotation tried now because a person asks for it, with the
// token and the stored value that it has and a fresh allowance of attempts.
func (j *Job) TryAgain(now time.Time) {
	if j.Waiting() {
		j.Attempt++
		j.State, j.Ended = Running, time.Time{}
	}
	j.Forgiven, j.Pauses = j.Attempt-1, 0
	j.NextAttempt = now
}

// Defer moves the next attempt to a later window, when this one is over.
func (j *Job) Defer(at, windowEnd time.Time) { j.NextAttempt, j.Window, j.Pauses = at, windowEnd, 0 }

// Suspend takes the rotation from whoever runs it until a later time. It goes on
// at the step where it was.
func (j *Job) Suspend(until time.Time) {
	j.NextAttempt = until
	j.release()
}

// Wait is Suspend for a rotation that may go on as soon as another has left the
// host.
func (j *Job) Wait(host string, until time.Time) {
	j.Suspend(until)
	j.Host = host
}

// release frees what the attempt held.
func (j *Job) release() {
	j.Lease, j.LeaseUntil = "", time.Time{}
	j.Account, j.Host = "", ""
}

// End closes the rotation.
func (j *Job) End(s State, now time.Time) {
	j.State, j.Ended = s, now
	j.release()
}

// Revoke is End for a rotation whose runner may be at work: that hears of it when
// it renews its lease, and has stopped by LeaseUntil, which stays.
func (j *Job) Revoke(s State, now time.Time) {
	until := j.LeaseUntil
	j.End(s, now)
	j.LeaseUntil = until
}

// Succeed closes the rotation with success.
func (j *Job) Succeed(now time.Time) {
	j.Error = ""
	j.End(Succeeded, now)
}

// StepRecord is one invocation of the function, kept as history.
type StepRecord struct {
	JobID   int64
	Attempt int
	Step    Step
	Started time.Time
	Took    time.Duration
	Error   string
	Notes   []string
}
