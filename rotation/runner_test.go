package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/journal"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// A stage is a runner over a real store, inside a synctest bubble where the
// clock jumps when everybody waits. Its function moves the label by itself.
type stage struct {
	*testing.T
	store *store.Store
	key   int64
	fail  func(e rotation.Event) error // asked before every step
	// attempts of a rotation, at most
	attempts int

	mu      sync.Mutex
	invoked []string
	tokens  map[string]bool
	reached func(rotation.Point)
	dir     string
	perHost int
}

const functionARN = "arn:aws:lambda:eu-west-1:000000000000:function:F"

// onStage runs a test in a bubble. The runner is started by the test.
func onStage(t *testing.T, rules schedule.Rules, test func(s *stage)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), store.Config{Where: filepath.Join(dir, "alberti.db"), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{T: t, store: st, dir: dir, perHost: 1, attempts: 50, tokens: map[string]bool{}, fail: func(rotation.Event) error { return nil }}
		s.create(rules)
		test(s)
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (s *stage) update(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.Update(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

func (s *stage) create(rules schedule.Rules) { s.key = s.add("s", rules) }

// add makes a secret with a first value that rotates.
func (s *stage) add(name string, rules schedule.Rules) (key int64) {
	s.Helper()
	sec := secret.New(secret.ARN{Region: "eu-west-1", Account: "000000000000", Name: name, Suffix: "AbCdEf"}, s.store.Now())
	s.update(func(tx *store.Tx) error {
		if _, err := sec.Put("first-version", nil, "", tx.Now()); err != nil {
			return err
		}
		if err := sec.Configure(functionARN, &rules, tx.Now()); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
	return sec.Key
}

// request starts a rotation as RotateSecret does.
func (s *stage) request(token string) {
	s.update(func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(s.key)
		if err != nil {
			return err
		}
		if err := sec.StartRotation(token, tx.Now()); err != nil {
			return err
		}
		if err := tx.PutSecret(sec); err != nil {
			return err
		}
		return tx.PutJob(secret.NewJob(sec, token, secret.ByRequest, tx.Now()))
	})
}

// Invoke implements rotation.Function.
func (s *stage) Invoke(_ context.Context, e rotation.Event) error {
	s.mu.Lock()
	s.invoked = append(s.invoked, string(e.Step))
	s.tokens[e.Token] = true
	s.mu.Unlock()
	if err := s.fail(e); err != nil {
		return err
	}
	switch e.Step {
	case secret.SetSecret:
		e.Report.Changed = time.Now()
	case secret.FinishSecret:
		return s.promote(e)
	}
	return nil
}

func (s *stage) promote(e rotation.Event) error {
	return s.store.Update(s.Context(), func(tx *store.Tx) error {
		if holds, err := tx.HoldsLease(s.key, e.RotationToken); err != nil || !holds {
			return errors.Join(err, errors.New("not mine any more"))
		}
		sec, err := tx.SecretByKey(s.key)
		if err != nil {
			return err
		}
		if _, err := sec.Put(e.Token, []string{secret.Current}, "", tx.Now()); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
}

// run runs a runner for a while of the bubble's time.
func (s *stage) run(d time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), d)
	defer cancel()
	if err := s.runner().Run(ctx); err != nil {
		s.Error(err)
	}
}

// pass lets time pass.
func (s *stage) pass(d time.Duration) { <-time.After(d) }

func (s *stage) runner() *rotation.Runner {
	return rotation.New(rotation.Config{
		Store: s.store, Committed: func() {}, Log: slog.New(slog.NewTextHandler(s.Output(), nil)),
		Function: func(arn string) (rotation.Function, bool) { return s, arn == functionARN },
		Journal:  s.journal(), PerHost: s.perHost,
		Workers: 2, Lease: 30 * time.Second, Step: time.Minute, Retry: time.Minute, Attempts: s.attempts, Reached: s.reached,
	})
}

// journal is the one that the stage's runners write to.
func (s *stage) journal() *journal.Journal {
	s.Helper()
	path := filepath.Join(s.dir, "root.key")
	root, err := keyring.OpenLocal(path)
	if errors.Is(err, fs.ErrNotExist) {
		root, err = keyring.CreateLocal(path)
	}
	if err != nil {
		s.Fatal(err)
	}
	return journal.Open(filepath.Join(s.dir, "journal"), root)
}

func (s *stage) secret() (sec *secret.Secret) {
	s.Helper()
	if err := s.store.View(s.Context(), func(tx *store.Tx) (err error) {
		sec, err = tx.SecretByKey(s.key)
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return sec
}

func (s *stage) jobs() (jobs []*secret.Job) {
	s.Helper()
	if err := s.store.View(s.Context(), func(tx *store.Tx) (err error) {
		jobs, err = tx.Jobs(s.key, 100)
		return err
	}); err != nil {
		s.Fatal(err)
	}
	return jobs
}

const fourSteps = "createSecret setSecret testSecret finishSecret"

func TestRequestedRotation(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		s.run(time.Second)
		if got := strings.Join(s.invoked, " "); got != fourSteps {
			t.Errorf("invoked %s", got)
		}
		job := s.jobs()[0]
		if job.State != secret.Succeeded || job.Error != "" || s.secret().Holder(secret.Current).ID != "token" {
			t.Errorf("%+v", job)
		}
		if s.secret().Rotation.LastRotated.IsZero() {
			t.Error("no LastRotatedDate")
		}
	})
}

// TestScheduleFires lets forty-five days pass.
func TestScheduleFires(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "rate(10 days)"}, func(s *stage) {
		began := time.Now()
		s.run(45 * 24 * time.Hour)
		jobs := s.jobs()
		if len(jobs) != 4 {
			t.Fatalf("%d rotations in forty-five days", len(jobs))
		}
		last := began
		for i := len(jobs) - 1; i >= 0; i-- {
			j := jobs[i]
			if j.State != secret.Succeeded || j.Cause != secret.BySchedule {
				t.Errorf("%+v", j)
			}
			if days := j.Started.Truncate(24*time.Hour).Sub(last.Truncate(24*time.Hour)) / (24 * time.Hour); days != 10 {
				t.Errorf("rotated after %d days", days)
			}
			last = j.Started
		}
		next := s.secret().Rotation.Next()
		if want := last.UTC().Truncate(24*time.Hour).AddDate(0, 0, 11).Add(-time.Second); !next.Equal(want) {
			t.Errorf("NextRotationDate %v, want %v", next, want)
		}
	})
}

// TestFailureStopsAndIsRetried: nothing is invoked after a failed step, and the
// next attempt has the same token.
func TestFailureStopsAndIsRetried(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		failures := 3
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.TestSecret && failures > 0 {
				failures--
				return errors.New("connection refused")
			}
			return nil
		}
		s.request("token")
		s.run(30 * time.Second)
		if got := strings.Join(s.invoked, " "); got != "createSecret setSecret testSecret" {
			t.Errorf("invoked %s", got)
		}
		job := s.jobs()[0]
		if job.State != secret.Running || job.Attempt != 2 || job.Error != "connection refused" || !s.secret().Rotation.LastRotated.IsZero() {
			t.Errorf("after a failure: %+v", job)
		}
		if pause := job.NextAttempt.Sub(job.Started); pause < 45*time.Second || pause > time.Minute {
			t.Errorf("tried again after %v", pause)
		}
		s.run(time.Hour)
		job = s.jobs()[0]
		if job.State != secret.Succeeded || job.Attempt != 4 || len(s.tokens) != 1 || job.Error != "" {
			t.Errorf("in the end: %+v, tokens %v", job, s.tokens)
		}
	})
}

// TestSuccessIsTrue: a function that did not move the label did not succeed,
// whatever it says.
func TestSuccessIsTrue(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		idle := rotation.New(rotation.Config{
			Store: s.store, Committed: func() {}, Log: slog.New(slog.DiscardHandler), Workers: 1,
			Lease: time.Minute, Step: time.Minute, Retry: time.Minute, Attempts: 50,
			Function: func(string) (rotation.Function, bool) { return doNothing{}, true },
		})
		ctx, cancel := context.WithTimeout(s.Context(), 10*time.Second)
		defer cancel()
		idle.Run(ctx)
		job := s.jobs()[0]
		if job.State != secret.Running || !strings.Contains(job.Error, "AWSCURRENT is not on version token") {
			t.Errorf("%+v", job)
		}
		if !s.secret().Rotation.LastRotated.IsZero() {
			t.Error("LastRotatedDate moved")
		}
	})
}

type doNothing struct{}

func (doNothing) Invoke(context.Context, rotation.Event) error { return nil }

// TestCrashes has the worker vanish at every point there is: the rotation is
// taken up when the lease has run out, at the step where it was, with the token
// that it had.
func TestCrashes(t *testing.T) {
	points := []rotation.Point{"claimed", "concluded"}
	for _, step := range strings.Fields(fourSteps) {
		points = append(points, rotation.Point("invoke:"+step), rotation.Point("invoked:"+step))
		if step != "finishSecret" {
			points = append(points, rotation.Point("saved:"+step))
		}
	}
	for _, point := range points {
		t.Run(string(point), func(t *testing.T) {
			onStage(t, schedule.Rules{}, func(s *stage) {
				crashed := false
				s.reached = func(p rotation.Point) {
					if p == point && !crashed {
						crashed = true
						runtime.Goexit()
					}
				}
				s.request("token")
				s.run(2 * time.Minute)
				job := s.jobs()[0]
				if !crashed || job.State != secret.Succeeded || len(s.tokens) != 1 {
					t.Errorf("crashed %v, %+v, tokens %v", crashed, job, s.tokens)
				}
				if c := s.secret().Holder(secret.Current); c.ID != "token" {
					t.Errorf("AWSCURRENT on %s", c.ID)
				}
			})
		})
	}
}

// TestLateRunner pauses one runner in the middle of a step until another has
// finished the rotation.
func TestLateRunner(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		paused, released := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var late error
		s.fail = func(e rotation.Event) error {
			first := false
			once.Do(func() { first = true })
			if first {
				close(paused)
				<-released
				late = s.promote(e)
				return late
			}
			return nil
		}
		var runners sync.WaitGroup
		ctx, stop := context.WithCancel(s.Context())
		runners.Go(func() { s.runner().Run(ctx) })
		<-paused
		// The store takes the lease away, as the clock would if the whole first
		// process stood still.
		s.update(func(tx *store.Tx) error { return tx.ReleaseLeases() })
		runners.Go(func() { s.runner().Run(ctx) })
		s.pass(10 * time.Second)
		if job := s.jobs()[0]; job.State != secret.Succeeded {
			t.Errorf("the second runner did not finish: %+v", job)
		}
		close(released)
		s.pass(time.Second)
		stop()
		runners.Wait()
		if late == nil || !strings.Contains(late.Error(), "not mine") {
			t.Errorf("the late runner could write: %v", late)
		}
	})
}

func TestTestRotation(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			onStage(t, schedule.Rules{}, func(s *stage) {
				s.fail = func(rotation.Event) error {
					if fails {
						return errors.New("no")
					}
					return nil
				}
				s.update(func(tx *store.Tx) error {
					sec, err := tx.SecretByKey(s.key)
					if err != nil {
						return err
					}
					if err := sec.StartTest("token", tx.Now()); err != nil {
						return err
					}
					if err := tx.PutSecret(sec); err != nil {
						return err
					}
					return tx.PutJob(secret.NewTestJob(sec, "token", tx.Now()))
				})
				s.run(time.Hour)
				if got := strings.Join(s.invoked, " "); got != "testSecret" {
					t.Errorf("invoked %s", got)
				}
				sec, want := s.secret(), map[bool]secret.State{false: secret.Succeeded, true: secret.Failed}[fails]
				if job := s.jobs()[0]; job.State != want {
					t.Errorf("%+v", job)
				}
				if sec.Version("token") != nil || sec.Holder(secret.Current).ID != "first-version" || !sec.Rotation.LastRotated.IsZero() {
					t.Errorf("left behind: %+v", sec)
				}
			})
		})
	}
}

// TestMissedWindow: a server that was down for the whole window rotates in the
// next one, not at an hour that nobody chose.
func TestMissedWindow(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "2h"}, func(s *stage) {
		due := s.secret().Rotation.Due
		s.pass(time.Until(due) + 5*time.Hour) // nobody runs
		s.run(time.Hour)
		if len(s.invoked) > 0 {
			t.Fatalf("invoked %v outside of the window", s.invoked)
		}
		s.run(7 * 24 * time.Hour)
		job := s.jobs()[0]
		if job.State != secret.Succeeded || job.Started.Weekday() != time.Monday || job.Started.Hour() < 8 || job.Started.Hour() > 9 {
			t.Errorf("%+v", job)
		}
	})
}

// TestRetriesStayInTheWindow: what the window is too short for goes on in the next.
func TestRetriesStayInTheWindow(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "1h"}, func(s *stage) {
		var hours []int
		s.fail = func(rotation.Event) error {
			hours = append(hours, time.Now().UTC().Hour())
			return errors.New("down")
		}
		s.run(3 * 24 * time.Hour)
		if len(hours) < 6 {
			t.Errorf("tried %d times in three days", len(hours))
		}
		for _, h := range hours {
			if h != 8 {
				t.Errorf("tried at %d o'clock", h)
			}
		}
	})
}
