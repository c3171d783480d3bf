package rotation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// freeze freezes the stage's secret from one time to another and gives the id.
// A bubble begins on Saturday, 2000-01-01.
func (s *stage) freeze(from, to time.Time) int64 {
	s.Helper()
	f := secret.Freeze{Account: "000000000000", Region: "eu-west-1", From: from, To: to, Reason: "holidays"}
	s.update(func(tx *store.Tx) error { return tx.PutFreeze(&f) })
	return f.ID
}

// events takes the service events since the last time, as lines of JSON.
func (s *stage) events(name string) (out []string) {
	s.Helper()
	_, err := s.store.Ship(s.Context(), 10000, func(events [][]byte) error {
		for _, e := range events {
			if strings.Contains(string(e), `"eventName":"`+name+`"`) {
				out = append(out, string(e))
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return out
}

const day = 24 * time.Hour

// TestFreezeHoldsTheSchedule: what falls into a freeze runs in the first window
// after its end, and nothing is said to have failed.
func TestFreezeHoldsTheSchedule(t *testing.T) {
	for name, test := range map[string]struct {
		rules    schedule.Rules
		from, to time.Duration // after the beginning of 2000
		low      time.Duration // the rotation starts from here
		high     time.Duration // to here
	}{
		"days": {schedule.Rules{AutomaticallyAfterDays: 10}, 5 * day, 20 * day, 20 * day, 21 * day},
		"hours": {schedule.Rules{Expression: "rate(6 hours)"}, 0, 50 * time.Hour,
			54 * time.Hour, 55 * time.Hour},
		"cron, windows later": {schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "4h"}, day, 4 * day,
			9*day + 8*time.Hour, 9*day + 12*time.Hour},
		"cron, in its window": {schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "4h"}, day, 2*day + 11*time.Hour,
			2*day + 11*time.Hour, 2*day + 12*time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, test.rules, func(s *stage) {
				began := time.Now()
				s.freeze(began.Add(test.from), began.Add(test.to))
				s.run(test.low)
				if len(s.invoked) > 0 {
					t.Fatalf("invoked %v in a freeze", s.invoked)
				}
				s.run(test.high - test.low)
				jobs := s.jobs()
				if len(jobs) != 1 || jobs[0].State != secret.Succeeded || jobs[0].Cause != secret.BySchedule {
					t.Fatalf("%+v", jobs)
				}
				if failed := s.events("RotationFailed"); len(failed) > 0 {
					t.Errorf("%s", failed)
				}
			})
		})
	}
}

// TestFreezeRemoved: a freeze far into the future, taken away, costs one window.
func TestFreezeRemoved(t *testing.T) {
	onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
		id := s.freeze(time.Now(), time.Now().AddDate(100, 0, 0))
		s.run(15 * day)
		if len(s.invoked) > 0 {
			t.Fatalf("invoked %v in a freeze", s.invoked)
		}
		s.update(func(tx *store.Tx) error {
			_, err := tx.DeleteFreeze("000000000000", "eu-west-1", id)
			return err
		})
		s.run(2 * day)
		if jobs := s.jobs(); len(jobs) != 1 || jobs[0].State != secret.Succeeded {
			t.Errorf("%+v", jobs)
		}
	})
}

// TestFreezeHoldsAttempts: a scheduled rotation whose target knows of nothing is
// not tried in a freeze. One that may have changed it is brought to its end.
func TestFreezeHoldsAttempts(t *testing.T) {
	for failing, goesOn := range map[secret.Step]bool{secret.CreateSecret: false, secret.SetSecret: false, secret.TestSecret: true} {
		t.Run(string(failing), func(t *testing.T) {
			onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
				s.attempts = 1000
				began := time.Now()
				var tried []time.Time
				s.fail = func(e rotation.Event) error {
					if e.Step != failing {
						return nil
					}
					tried = append(tried, time.Now())
					return errors.New("down")
				}
				s.run(s.secret().Rotation.Due.Sub(began) + 10*time.Minute)
				before := len(tried)
				end := time.Now().Add(3 * day)
				s.freeze(time.Now(), end)
				s.run(3*day - time.Minute)
				if before < 3 || (len(tried) > before) != goesOn {
					t.Errorf("tried %d times before the freeze and %d times in it", before, len(tried)-before)
				}
				s.run(day)
				if last := tried[len(tried)-1]; last.Before(end) || len(s.tokens) != 1 {
					t.Errorf("after the freeze nothing was tried: %v, tokens %v", last, s.tokens)
				}
			})
		})
	}
}

// TestFreezeAndPeople: what a person started goes on in a freeze.
func TestFreezeAndPeople(t *testing.T) {
	onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
		s.freeze(time.Now(), time.Now().Add(day))
		failures := 2
		s.fail = func(rotation.Event) error {
			if failures--; failures >= 0 {
				return errors.New("down")
			}
			return nil
		}
		s.request("token")
		s.run(time.Hour)
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 3 {
			t.Errorf("%+v", job)
		}
	})
}

// TestFreezeOverManySecrets: a whole fleet that is due at one moment is looked at
// once in that window, and one that no freeze holds rotates in the meantime.
func TestFreezeOverManySecrets(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "4h"}, func(s *stage) {
		const fleet = 450 // more than four batches
		opens := time.Date(2000, 1, 2, 8, 0, 0, 0, time.UTC)
		var keys []int64
		s.update(func(tx *store.Tx) error {
			for i := range fleet {
				sec := secret.New(secret.ARN{Region: "eu-west-1", Account: "000000000000", Name: fmt.Sprint("fleet/", i), Suffix: "AbCdEf"}, tx.Now())
				sec.Rotation.AtOpening = true
				if _, err := sec.Put("first-version", nil, "", tx.Now()); err != nil {
					return err
				}
				err := sec.Configure(functionARN, &schedule.Rules{Expression: "cron(0 8 2-31 * ? *)", Duration: "4h"}, tx.Now())
				if err = errors.Join(err, tx.PutSecret(sec)); err != nil {
					return err
				}
				keys = append(keys, sec.Key)
			}
			return tx.PutFreeze(&secret.Freeze{
				Account: "000000000000", Region: "eu-west-1", From: tx.Now(), To: tx.Now().AddDate(1, 0, 0), Match: "fleet/*", Reason: "migration",
			})
		})
		s.run(time.Until(opens) + 4*time.Hour)
		if jobs := s.jobs(); len(jobs) < 1 || jobs[0].State != secret.Succeeded {
			t.Errorf("the free one: %+v", jobs)
		}
		err := s.store.View(s.Context(), func(tx *store.Tx) error {
			for _, key := range keys {
				sec, err := tx.SecretByKey(key)
				if err != nil {
					return err
				}
				if due := sec.Rotation.Due; due.Before(opens.Add(day)) || due.After(opens.Add(day+4*time.Hour)) || sec.Holder(secret.Pending) != nil {
					t.Fatalf("%s is looked at next %v: %+v", sec.Name(), due, sec.Versions)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestRecoveryGoesOnInAFreeze: until the recovery is done the secret may not log
// in, so no freeze holds it: neither its start nor its attempts.
func TestRecoveryGoesOnInAFreeze(t *testing.T) {
	for name, test := range map[string]struct{ before, sent bool }{
		"frozen before":              {true, true},
		"frozen meanwhile":           {false, true},
		"nothing of it was sent out": {true, false},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
				failures := 2
				s.fail = func(e rotation.Event) error {
					if e.Step == secret.SetSecret && test.sent {
						return errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
					}
					if e.Step == secret.TestSecret && (e.Token == "token" || failures > 0) {
						failures--
						return errors.New("connection limit")
					}
					return nil
				}
				s.request("token")
				s.run(10 * time.Second)
				if test.before {
					s.freeze(time.Now(), time.Now().Add(3*day))
				}
				s.byHand()
				s.freeze(time.Now(), time.Now().Add(2*day))
				failures = 2
				s.run(day)
				jobs := s.jobs()
				if recovered := len(jobs) == 2; recovered != test.sent {
					t.Fatalf("%d rotations", len(jobs))
				}
				if job := jobs[0]; test.sent && (job.Cause != secret.ByRecovery || job.State != secret.Succeeded || job.Attempt != 3) {
					t.Errorf("%+v", job)
				}
			})
		})
	}
}
