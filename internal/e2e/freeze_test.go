package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestFreeze freezes a secret from the command line, and rotates it all the same.
func TestFreeze(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(single)
	r.schedule()
	free := s.Run("rotation", "show", r.Name).ok(t)
	if strings.Contains(free, "frozen") || s.Run("freeze", "list").ok(t) != "there is no freeze\n" {
		t.Errorf("%s", free)
	}
	from, to := time.Now().Add(-time.Hour).UTC().Truncate(time.Second), time.Now().AddDate(0, 2, 0).UTC().Truncate(time.Second)
	made := s.Run("freeze", "add", "--from", from.Format(time.RFC3339), "--to", to.Format(time.RFC3339), "--match", "db/*", "--reason", "peak sales").ok(t)
	shown := to.Format("2006-01-02 15:04:05Z")
	if want := fmt.Sprintf("freeze 1 holds db/* from %s to %s\n", from.Format("2006-01-02 15:04:05Z"), shown); made != want {
		t.Errorf("got %q, want %q", made, want)
	}
	if list := s.Run("freeze", "list").ok(t); !strings.Contains(list, "peak sales") || !strings.Contains(list, "arn:aws:iam::000000000000:root") || !strings.Contains(list, shown) {
		t.Errorf("freeze list:\n%s", list)
	}
	all := parse[struct {
		Freezes []struct {
			FreezeID      int64 `json:"FreezeId"`
			To            float64
			Match, Reason string
		}
	}](t, s.Run("freeze", "list", "--json").ok(t)).Freezes
	if len(all) != 1 || all[0].FreezeID != 1 || all[0].Match != "db/*" || all[0].Reason != "peak sales" || all[0].To != float64(to.Unix()) {
		t.Errorf("%+v", all)
	}
	if show := s.Run("rotation", "show", r.Name).ok(t); !strings.Contains(show, "frozen        until "+shown+": peak sales") {
		t.Errorf("rotation show:\n%s", show)
	}
	if list := s.Run("rotation", "list").ok(t); !strings.Contains(list, "FROZEN UNTIL") || !strings.Contains(list, shown) {
		t.Errorf("rotation list:\n%s", list)
	}
	d, err := s.Client().DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil || d.NextRotationDate.Before(to) || d.NextRotationDate.After(to.AddDate(0, 0, 2)) {
		t.Errorf("the next rotation is by %v, the freeze ends %v: %v", d.NextRotationDate, to, err)
	}

	refused := "is frozen until " + to.Format(time.RFC3339) + ": peak sales"
	wantCode(t, r.request(), "InvalidRequestException", refused)
	s.Run("rotation", "start", r.Name).refused(t, 1, refused)
	if out := s.Run("rotation", "start", r.Name, "--force").ok(t); !strings.Contains(out, r.Name+" is being rotated") {
		t.Errorf("%s", out)
	}
	r.Token = r.History().VersionID
	r.Succeeds()
	r.Rotated(r.First)

	if out := s.Run("freeze", "remove", "1").ok(t); !strings.Contains(out, "freeze 1 is gone") {
		t.Errorf("%s", out)
	}
	s.Run("freeze", "remove", "1").refused(t, 1, "ResourceNotFoundException: There is no freeze 1.")
	s.Run("freeze", "add", "--from", "2020-01-01", "--to", "2020-01-02", "--reason", "x").refused(t, 1, "The freeze is over already")
	wantNext(t, s, r)
	s.Run("rotation", "start", r.Name).ok(t)
}

// TestFreezeHoldsTheSchedule opens a window in a freeze: nothing starts, and the
// date says when it will.
func TestFreezeHoldsTheSchedule(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(single)
	r.schedule()
	s.Run("freeze", "add", "--from", "2020-01-01", "--to", "2100-01-01", "--tag", "no=such", "--reason", "holds nothing").ok(t)
	s.Run("freeze", "add", "--from", "2020-01-01", "--to", "2100-01-01", "--reason", "holds all").ok(t)
	s.Stop()
	r.makeDue()
	s.Start()
	eventually(t, "the rotation is postponed", func() (bool, any) {
		due := r.due()
		return due.After(time.Now()), due
	})
	if started := names(s.Events()); strings.Contains(started, " RotationStarted") || strings.Contains(started, "RotationFailed") {
		t.Errorf("the events are %s", started)
	}
	s.Run("freeze", "remove", "2").ok(t)
	s.Stop()
	r.makeDue()
	s.Start()
	r.Token = started(s, r)
	r.Succeeds()
	r.Rotated(r.First)
}

// TestFailedWaits lets a rotation run out of attempts, and takes it up again.
func TestFailedWaits(t *testing.T) {
	t.Parallel()
	s := serve(t, "--rotation-retry", "100ms", "--rotation-attempts", "3")
	r := s.newRotating(single)
	setPassword(t, r.First.User, "changed-by-hand", "ALTER")
	r.Rotate()
	eventually(t, "the third failure", func() (bool, any) {
		events := names(s.eventsOf(r.Token))
		return strings.Count(events, "RotationFailed") == 3, events
	})
	r.untouched()
	const advice = "mend the cause, then: alberti rotation retry "
	if list := s.Run("rotation", "list").ok(t); !strings.Contains(list, "failed") || !strings.Contains(list, advice+r.Name) {
		t.Errorf("rotation list:\n%s", list)
	}
	if h := r.History(); h.State != "failed" || h.NextAttemptDate != 0 {
		t.Errorf("%+v", h)
	}
	s.Restart()
	token := r.Token
	wantCode(t, r.request(), "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
	r.Token = token
	setPassword(t, r.First.User, r.First.Password, "ALTER")
	s.Run("rotation", "retry", r.Name).ok(t)
	r.Succeeds()
	r.Rotated(r.First)
	if n := r.attempts(); n != 4 {
		t.Errorf("it took %d attempts", n)
	}
}
