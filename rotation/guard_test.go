package rotation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

var account = rotation.Target{Host: "db:5432", Account: "db:5432 app"}

// another makes a second secret with a rotation that a runner elsewhere is at.
func (s *stage) another(lease time.Duration) (key int64) {
	s.Helper()
	mine := s.key
	defer func() { s.key = mine }()
	s.key = s.add("other", schedule.Rules{})
	s.request("other-token")
	s.update(func(tx *store.Tx) error {
		_, err := tx.ClaimJob("elsewhere", tx.Now().Add(lease))
		return err
	})
	return s.key
}

// anotherAt is another whose runner has an account for 20 s, by the names that this
// one uses.
func (s *stage) anotherAt(theirs rotation.Target) {
	s.Helper()
	other := s.another(20 * time.Second)
	s.update(func(tx *store.Tx) error {
		job, err := tx.RunningJob(other)
		if err != nil {
			return err
		}
		_, err = tx.ClaimAccount(job, rotation.Hashed(theirs.Account), rotation.Hashed(theirs.Host), 9)
		return err
	})
}

// TestOneRotationPerAccount has a second rotation of an account wait until the
// first one's attempt is over, without counting that as a failure.
func TestOneRotationPerAccount(t *testing.T) {
	for name, test := range map[string]struct {
		theirs  rotation.Target
		perHost int
		waits   bool
	}{
		"same account":    {account, 9, true},
		"another account": {rotation.Target{Host: account.Host, Account: "db:5432 web"}, 9, false},
		"host is full":    {rotation.Target{Host: account.Host, Account: "db:5432 web"}, 1, true},
		"another host":    {rotation.Target{Host: "web:5432", Account: "web:5432 app"}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, schedule.Rules{}, func(s *stage) {
				s.perHost = test.perHost
				s.anotherAt(test.theirs)
				s.fail = func(e rotation.Event) error {
					if e.Step == secret.SetSecret && e.Token == "token" {
						return e.Guard.Claim(s.Context(), account)
					}
					return nil
				}
				s.request("token")
				s.run(10 * time.Second)
				job := s.jobs()[0]
				if waits := job.State == secret.Running; waits != test.waits || waits && (job.Attempt != 1 || job.Lease != "") {
					t.Fatalf("while the other is at work: %+v", job)
				}
				s.run(time.Minute) // the other's lease runs out
				if job = s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 1 || job.Account != "" {
					t.Errorf("in the end: %+v", job)
				}
			})
		})
	}
}

// TestSecondClaim has a function learn after its login that the account is another
// rotation's: it waits, holds nothing, and nothing of its is marked as sent.
func TestSecondClaim(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.perHost = 9
		s.anotherAt(account)
		claims := 0
		s.fail = func(e rotation.Event) error {
			if e.Step != secret.SetSecret || e.Token != "token" {
				return nil
			}
			if err := e.Guard.Claim(s.Context(), rotation.Target{Host: account.Host, Account: "db:5432 APP"}); err != nil {
				return err
			}
			claims++
			return e.Guard.Claim(s.Context(), account)
		}
		s.request("token")
		s.run(10 * time.Second)
		if job := s.jobs()[0]; claims == 0 || job.State != secret.Running || job.Attempt != 1 || job.Account != "" || s.secret().Unsettled() {
			t.Errorf("while the other is at work, after %d claims: %+v, marked %v", claims, job, s.secret().Unsettled())
		}
		s.run(time.Minute) // the other's lease runs out
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 1 {
			t.Errorf("in the end: %+v", job)
		}
	})
}

// TestSentStaysSent has a second attempt call the account by another name, and fail
// before it sends anything: what the first one sent may be in force all the same.
func TestSentStaysSent(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.fail = func(e rotation.Event) error {
			switch {
			case e.Step != secret.SetSecret:
				return nil
			case e.Again:
				return errors.Join(e.Guard.Claim(s.Context(), rotation.Target{Host: account.Host, Account: "db:5432 APP"}), errors.New("no route to host"))
			}
			err := errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
			return errors.Join(err, errors.New("connection lost"))
		}
		s.request("token")
		s.run(2 * time.Minute)
		if job := s.jobs()[0]; job.Attempt < 2 || !s.secret().Unsettled() {
			t.Errorf("after %d attempts: marked %v", job.Attempt, s.secret().Unsettled())
		}
	})
}

// TestHostIsPassedOn has whoever leaves a host call the next who waits for it.
func TestHostIsPassedOn(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.another(0) // nobody is at it: the lease has run out
		held := make(chan struct{})
		s.fail = func(e rotation.Event) error {
			switch {
			case e.Step != secret.SetSecret:
				return nil
			case e.Token == "token":
				<-held
				return e.Guard.Claim(s.Context(), account)
			}
			err := e.Guard.Claim(s.Context(), rotation.Target{Host: account.Host, Account: "db:5432 web"})
			close(held)
			s.pass(500 * time.Millisecond)
			return errors.Join(err, errors.New("refused"))
		}
		s.request("token")
		s.run(900 * time.Millisecond) // by itself it would wait for a second at least
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 1 || job.Host != "" {
			t.Errorf("after the host was left: %+v", job)
		}
	})
}

// TestSentIsMarked follows the mark of a version whose value may be in force.
func TestSentIsMarked(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		reachable, tested := false, false
		s.fail = func(e rotation.Event) error {
			switch {
			case e.Step == secret.SetSecret:
				if err := e.Guard.Claim(s.Context(), account); err != nil {
					return err
				}
				if !reachable {
					return errors.New("no route to host")
				}
				return e.Guard.Sending(s.Context(), secret.Text("new"))
			case e.Step == secret.TestSecret && !tested:
				return errors.New("connection limit")
			}
			return nil
		}
		s.request("token")
		s.run(10 * time.Second)
		if s.secret().Unsettled() {
			t.Error("a value that never left is marked as sent")
		}
		reachable = true
		s.run(2 * time.Minute)
		if !s.secret().Unsettled() || s.jobs()[0].Account != "" {
			t.Error("a value that was sent is not marked, or the account still claimed")
		}
		tested = true
		s.run(time.Hour)
		if s.secret().Unsettled() || s.jobs()[0].State != secret.Succeeded {
			t.Errorf("after the success: %+v", s.jobs()[0])
		}
		entries, err := s.journal().Entries(s.Context(), s.secret().ARN.String())
		if err != nil || len(entries) == 0 || entries[0].Version != "token" || string(entries[0].Value.Reveal()) != "new" {
			t.Errorf("the journal: %d entries, %v", len(entries), err)
		}
	})
}

// TestAgain tells a function of earlier attempts exactly when there may have
// been some.
func TestAgain(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		var told []string
		failing := true
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.SetSecret {
				told = append(told, map[bool]string{true: "again", false: "first"}[e.Again])
				if failing {
					failing = false
					return errors.New("refused")
				}
			}
			return nil
		}
		s.request("token")
		s.run(time.Hour)
		if got := strings.Join(told, " "); got != "first again" {
			t.Error(got)
		}
		told = nil
		s.request("second")
		s.run(time.Minute)
		if got := strings.Join(told, " "); got != "first" {
			t.Error("the next rotation:", got)
		}
	})
}

// TestUnacceptable replaces a value that the target will never take.
func TestUnacceptable(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.SetSecret && e.Token == "token" {
				return rotation.ErrUnacceptable
			}
			return nil
		}
		s.request("token")
		s.run(time.Hour)
		job := s.jobs()[0]
		if job.State != secret.Succeeded || job.Token == "token" || job.Attempt != 2 || len(s.jobs()) != 1 {
			t.Errorf("%+v", job)
		}
		sec := s.secret()
		if sec.Holder(secret.Current).ID != job.Token || len(sec.Version("token").Labels) != 0 || sec.Unsettled() {
			t.Errorf("%+v", sec.Versions)
		}
	})
}

// byHand has a person write AWSCURRENT in the middle of a rotation, which ends it.
func (s *stage) byHand() {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(s.key)
		if err != nil {
			return err
		}
		if _, err := sec.Put("by-hand", nil, "", tx.Now()); err != nil {
			return err
		}
		job, err := tx.RunningJob(s.key)
		if err != nil {
			return err
		}
		lease := job.Lease
		job.Revoke(secret.Abandoned, tx.Now())
		if err := tx.SaveJob(job, lease); err != nil {
			return err
		}
		sec.Recover(tx.Now())
		return tx.PutSecret(sec)
	})
}

// TestRecovers starts a rotation at once when one is ended whose value may be in
// force, and not when it cannot be.
func TestRecovers(t *testing.T) {
	for _, sent := range []bool{false, true} {
		onStage(t, schedule.Rules{}, func(s *stage) {
			s.fail = func(e rotation.Event) error {
				if e.Token != "token" {
					return nil
				}
				if e.Step == secret.SetSecret && sent {
					return errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
				}
				if e.Step == secret.TestSecret {
					return errors.New("connection limit")
				}
				return nil
			}
			s.request("token")
			s.run(10 * time.Second)
			s.byHand()
			s.run(time.Minute)
			jobs := s.jobs()
			if recovered := len(jobs) == 2; recovered != sent {
				t.Fatalf("sent %t: %d rotations", sent, len(jobs))
			}
			if sent && (jobs[0].Cause != secret.ByRecovery || jobs[0].State != secret.Succeeded) {
				t.Errorf("%+v", jobs[0])
			}
		})
	}
}
