package secret_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

const rotate = "arn:aws:lambda:eu-west-1:123456789012:function:Rotate"

var monthly = &schedule.Rules{AutomaticallyAfterDays: 30}

// rotating is a secret with a value and a schedule.
func rotating(t *testing.T, rules *schedule.Rules) *secret.Secret {
	t.Helper()
	s := newSecret()
	put(t, s, "v1")
	if err := s.Configure(rotate, rules, birth); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConfigure(t *testing.T) {
	const other = "arn:aws:lambda:eu-west-1:123456789012:function:Other"
	s := newSecret()
	wantFault(t, s.Configure("", monthly, birth), fault.InvalidRequest, "No Lambda rotation function ARN is associated with this secret.")
	if s.Rotation != (secret.Rotation{}) || s.Rotation.Configured() {
		t.Fatalf("a refusal left %+v", s.Rotation)
	}

	weekly := schedule.Rules{Expression: "rate(7 days)", Duration: "3h"}
	for _, step := range []struct {
		function string
		rules    *schedule.Rules
		want     secret.Rotation // function and rules
	}{
		{rotate, nil, secret.Rotation{FunctionARN: rotate}},
		{"", monthly, secret.Rotation{FunctionARN: rotate, Rules: *monthly}},
		{other, nil, secret.Rotation{FunctionARN: other, Rules: *monthly}},
		{"", &weekly, secret.Rotation{FunctionARN: other, Rules: weekly}}, // as a whole
		{"", &schedule.Rules{}, secret.Rotation{FunctionARN: other}},
	} {
		s.Rotation.Enabled = false
		now := s.Changed.Add(time.Hour)
		if err := s.Configure(step.function, step.rules, now); err != nil {
			t.Fatal(err)
		}
		r := s.Rotation
		if r.FunctionARN != step.want.FunctionARN || r.Rules != step.want.Rules || !r.Enabled || !r.Configured() || !s.Changed.Equal(now) {
			t.Errorf("%+v, want %+v", r, step.want)
		}
		if scheduled := step.want.Rules != (schedule.Rules{}); scheduled == r.Due.IsZero() || scheduled == r.Next().IsZero() {
			t.Errorf("%+v: due %v, next %v", r.Rules, r.Due, r.Next())
		}
		if !r.Due.IsZero() && !(r.Due.After(now) && r.Due.Before(r.Window)) {
			t.Errorf("due %v, window until %v", r.Due, r.Window)
		}
	}
}

// TestConfigureForgetsDays: AutomaticallyAfterDays is known again after the next
// success (secrets-manager.md, 3.7).
func TestConfigureForgetsDays(t *testing.T) {
	s := rotating(t, &schedule.Rules{Expression: "rate(10 hours)"})
	rotateTo(t, s, "v2", birth)
	if s.Rotation.Days != 1 {
		t.Errorf("days %d", s.Rotation.Days)
	}
	if err := s.Configure("", nil, birth); err != nil || s.Rotation.Days != 1 {
		t.Errorf("days %d, %v", s.Rotation.Days, err)
	}
	if err := s.Configure("", &schedule.Rules{Expression: "rate(10 days)"}, birth); err != nil || s.Rotation.Days != 0 {
		t.Errorf("days %d, %v", s.Rotation.Days, err)
	}
}

// rotateTo plays a whole rotation at one moment.
func rotateTo(t *testing.T, s *secret.Secret, token string, now time.Time) {
	t.Helper()
	if err := s.StartRotation(token, now); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Put(token, []string{secret.Pending}, "", now); err != nil {
		t.Fatal(err)
	}
	if err := s.Move(secret.Current, s.Holder(secret.Current).ID, token); err != nil {
		t.Fatal(err)
	}
	if err := s.FinishRotation(token, now); err != nil {
		t.Fatal(err)
	}
}

func TestStartRotation(t *testing.T) {
	s, now := rotating(t, monthly), birth.Add(time.Hour)
	next := s.Rotation.Next()
	if err := s.StartRotation("v2", now); err != nil {
		t.Fatal(err)
	}
	if got := labels(s); got != "v1[AWSCURRENT] v2[AWSPENDING]" || s.Version("v2").HasValue {
		t.Errorf("%s, with a value: %v", got, s.Version("v2").HasValue)
	}
	if r := s.Rotation; !r.Due.IsZero() || !r.Next().Equal(next) || !r.LastRotated.IsZero() || !s.Changed.Equal(now) {
		t.Errorf("due %v, next %v, last %v; changed %v", r.Due, r.Next(), r.LastRotated, s.Changed)
	}
	const incomplete = "A previous rotation isn't complete. That rotation will be reattempted."
	wantFault(t, s.StartRotation("v3", now), fault.InvalidRequest, incomplete)
	wantFault(t, s.StartTest("v3", now), fault.InvalidRequest, incomplete)
	wantFault(t, s.NothingPending(), fault.InvalidRequest, incomplete)
	if got := labels(s); got != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("a refusal left %s", got)
	}
}

func TestStartRotationMovesPending(t *testing.T) {
	s := rotating(t, monthly)
	rotateTo(t, s, "v2", birth)
	if got := labels(s); got != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
		t.Fatal(got)
	}
	if err := s.StartRotation("v3", birth); err != nil || labels(s) != "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]" {
		t.Errorf("%s, %v", labels(s), err)
	}
}

func TestStartRotationRefusesUsedToken(t *testing.T) {
	s := rotating(t, monthly)
	wantFault(t, s.StartRotation("v1", birth), fault.InvalidRequest,
		"You can't use ClientRequestToken v1 because that value is already in use for a version of secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/db-a1B2c3.")
}

func TestTestRotation(t *testing.T) {
	s := rotating(t, monthly)
	s.KeyID = "key-7"
	due := s.Rotation.Due
	if err := s.StartTest("trial", birth); err != nil {
		t.Fatal(err)
	}
	v := s.Version("trial")
	if labels(s) != "v1[AWSCURRENT] trial[AWSPENDING]" || !v.HasValue || len(v.KeyIDs) != 1 || v.KeyIDs[0] != "key-7" {
		t.Errorf("%s, %+v", labels(s), v)
	}
	s.EndTest("trial")
	if labels(s) != "v1[AWSCURRENT]" || !s.Rotation.Due.Equal(due) || !s.Rotation.LastRotated.IsZero() {
		t.Errorf("a test left %s, %+v", labels(s), s.Rotation)
	}
}

// TestFinishRotation: a function that says it is done, and is not, has failed.
func TestFinishRotation(t *testing.T) {
	s, now := rotating(t, monthly), birth.Add(time.Hour)
	if err := s.StartRotation("v2", now); err != nil {
		t.Fatal(err)
	}
	before := s.Rotation
	wantFault(t, s.FinishRotation("v2", now.Add(time.Hour)), fault.InvalidRequest,
		"The rotation function finished, but AWSCURRENT is not on version v2.")
	if s.Rotation != before || !s.Changed.Equal(now) {
		t.Errorf("a failure changed %+v to %+v", before, s.Rotation)
	}
	empty := newSecret()
	wantFault(t, empty.FinishRotation("v1", now), fault.InvalidRequest,
		"The rotation function finished, but AWSCURRENT is not on version v1.")

	put(t, s, "v2", secret.Pending)
	if err := s.Move(secret.Current, "v1", "v2"); err != nil {
		t.Fatal(err)
	}
	if err := s.Move(secret.Pending, "v2", ""); err != nil { // some functions do; it counts all the same (3.2)
		t.Fatal(err)
	}
	end := now.Add(2 * time.Hour)
	if err := s.FinishRotation("v2", end); err != nil || !s.Rotation.LastRotated.Equal(end) || !s.Changed.Equal(end) {
		t.Errorf("%+v, changed %v, %v", s.Rotation, s.Changed, err)
	}
}

func TestFinishWithoutSchedule(t *testing.T) {
	s := rotating(t, nil)
	rotateTo(t, s, "v2", birth)
	if r := s.Rotation; !r.Due.IsZero() || !r.Next().IsZero() || r.Days != 0 || !r.LastRotated.Equal(birth) {
		t.Errorf("%+v", r)
	}
}

func TestCancelRotation(t *testing.T) {
	s, now := rotating(t, monthly), birth.Add(time.Hour)
	rotateTo(t, s, "v2", birth)
	if err := s.StartRotation("v3", birth); err != nil {
		t.Fatal(err)
	}
	s.CancelRotation(now)
	r := s.Rotation
	if r.Enabled || !r.Due.IsZero() || !r.Next().IsZero() || r.FunctionARN != rotate || r.Rules != *monthly || !s.Changed.Equal(now) {
		t.Errorf("%+v", r)
	}
	if got := labels(s); got != "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]" {
		t.Errorf("labels moved: %s", got)
	}
	if err := s.Written(now); err != nil || !s.Rotation.Due.IsZero() {
		t.Errorf("a write planned a rotation that is off: %+v, %v", s.Rotation, err)
	}
	if err := s.Configure("", nil, now); err != nil || !s.Rotation.Enabled || s.Rotation.Due.IsZero() {
		t.Errorf("not on again: %+v, %v", s.Rotation, err)
	}
}
