package e2e_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/uuid"
)

// schedule turns rotation on without rotating, which has the current login tested.
func (r *rotating) schedule() {
	t := r.s.t
	t.Helper()
	r.Token = uuid.NewString()
	_, err := r.s.Client().RotateSecret(t.Context(), &sdk.RotateSecretInput{
		SecretId: &r.Name, ClientRequestToken: &r.Token, RotationLambdaARN: &r.strategy.function, RotationRules: rules(),
		RotateImmediately: aws.Bool(false),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.awaits("TestRotationSucceeded")
}

// TestSchedule has a window open while the server is down, as the shortest
// interval is hours: the rotation starts by itself.
func TestSchedule(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(single)
	r.schedule()
	wantTrail(t, s, r, "TestRotationStarted TestRotationSucceeded")
	if now := parse[login](t, value(t, s.Client(), r.Name)); now != r.First {
		t.Errorf("turning rotation on has rotated")
	}
	r.First.works(t)
	s.Stop()
	r.makeDue()
	s.Start()
	r.Token = started(s, r)
	r.Succeeds()
	r.Rotated(r.First)
	if h := r.History(); h.Cause != "schedule" {
		t.Errorf("the history says %+v", h)
	}
	wantNext(t, s, r)
	wantTrail(t, s, r, "RotationStarted RotationSucceeded")
}

// started waits for the rotation that the schedule starts and gives its token.
func started(s *server, r *rotating) (token string) {
	s.t.Helper()
	eventually(s.t, r.Name+" starts by itself", func() (bool, any) {
		events := s.Events()
		for _, e := range events {
			if e.EventName == "RotationStarted" {
				token = e.RequestID[len(e.RequestID)-len(uuid.Nil.String()):]
			}
		}
		return token != "", names(events)
	})
	return token
}
