package e2e_test

import (
	"math"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestSingleUser(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(single)
	r.First.works(t)
	began := time.Now()
	r.Rotate()
	r.Succeeds()
	second := r.Rotated(r.First)
	wantSteps(t, r.History(), began)
	wantTrail(t, s, r, "RotationStarted RotationSucceeded")
	wantNext(t, s, r)
	wantShown(t, s, r)

	r.Rotate()
	r.Succeeds()
	r.Rotated(second)
}

func TestAlternatingUsers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(alternating)
	pg := database(t)
	table := "t_" + r.First.User
	for _, sql := range []string{
		"CREATE TABLE " + table + " AS SELECT 'seen'::text AS word",
		"GRANT SELECT ON " + table + " TO " + r.First.User,
	} {
		if err := pg.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	r.Rotate()
	r.Succeeds()
	clone := r.Rotated(r.First)
	if clone.User != r.First.User+"_clone" {
		t.Errorf("the second user is %s", clone.User)
	}
	if word, err := query(t, pg.DSN(clone.User, clone.Password, "postgres"), "SELECT word FROM "+table); err != nil || word != "seen" {
		t.Errorf("the clone reads %q, %v", word, err)
	}
	wantSteps(t, r.History(), began)
	wantTrail(t, s, r, "RotationStarted RotationSucceeded")

	r.Rotate()
	r.Succeeds()
	back := r.Rotated(clone)
	if back.User != r.First.User {
		t.Errorf("after two rotations the user is %s", back.User)
	}
	r.First.isRefused(t)
}

// wantSteps holds the history of a rotation that went well at once.
func wantSteps(t *testing.T, h history, began time.Time) {
	t.Helper()
	var steps []string
	total := 0.0
	for _, st := range h.Steps {
		steps = append(steps, st.Step)
		total += st.Milliseconds
		if st.Attempt != 1 || st.Error != "" || st.Milliseconds < 0 {
			t.Errorf("step %+v", st)
		}
	}
	if got := strings.Join(steps, " "); got != "createSecret setSecret testSecret finishSecret" {
		t.Errorf("the steps are %s", got)
	}
	took := (h.EndedDate - h.StartedDate) * 1000
	if total <= 0 || total > took+2 {
		t.Errorf("the steps took %v ms of %v", total, took)
	}
	if h.StartedDate < float64(began.Unix()) || h.EndedDate > float64(time.Now().Unix()+1) || h.Cause != "request" {
		t.Errorf("by %s, started %v, ended %v", h.Cause, h.StartedDate, h.EndedDate)
	}
	switch alternates := len(h.Steps) > 1 && strings.Contains(strings.Join(h.Steps[1].Notes, " "), "made role"); {
	case alternates && h.GapMilliseconds != nil:
		t.Errorf("alternating users have a gap of %v ms", *h.GapMilliseconds)
	case !alternates && (h.GapMilliseconds == nil || *h.GapMilliseconds <= 0 || *h.GapMilliseconds > took):
		t.Errorf("the gap is %v of %v ms", h.GapMilliseconds, took)
	}
}

// wantTrail holds the service events of a rotation.
func wantTrail(t *testing.T, s *server, r *rotating, want string) {
	t.Helper()
	events := s.eventsOf(r.Token)
	if got := names(events); got != want {
		t.Errorf("the events are %s, want %s", got, want)
	}
	for _, e := range events {
		if !strings.Contains(e.AdditionalEventData.SecretID, ":secret:"+r.Name+"-") || e.EventSource != "secretsmanager.amazonaws.com" {
			t.Errorf("event %+v", e)
		}
	}
}

// wantNext holds the date that a schedule of 30 days gives: the last second of
// the thirtieth day.
func wantNext(t *testing.T, s *server, r *rotating) {
	t.Helper()
	d, err := s.Client().DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil {
		t.Fatal(err)
	}
	next := d.NextRotationDate.UTC()
	days := time.Until(next).Hours() / 24
	if next.Format("15:04:05") != "23:59:59" || math.Abs(days-30) > 1.1 {
		t.Errorf("the next rotation is by %v, in %v days", next, days)
	}
	if d.RotationRules == nil || *d.RotationRules.AutomaticallyAfterDays != 30 || !*d.RotationEnabled {
		t.Errorf("rotation is enabled %v with rules %+v", d.RotationEnabled, d.RotationRules)
	}
}

// wantShown holds what an operator reads.
func wantShown(t *testing.T, s *server, r *rotating) {
	t.Helper()
	shown := s.Run("rotation", "show", r.Name).ok(t)
	for _, want := range []string{r.Name + ": succeeded", r.strategy.function, r.Token, "createSecret", "finishSecret", "gap", " ms"} {
		if !strings.Contains(shown, want) {
			t.Errorf("rotation show lacks %q:\n%s", want, shown)
		}
	}
	list := s.Run("rotation", "list").ok(t)
	if !strings.Contains(list, r.Name) || !strings.Contains(list, "succeeded") {
		t.Errorf("rotation list:\n%s", list)
	}
}
