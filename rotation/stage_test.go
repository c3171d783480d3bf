package rotation_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
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
	// unguarded has the runner take its function for one that asks no Guard
	unguarded bool
	quiet     bool // it reports no change by itself
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

// Guarded implements rotation.Function.
func (s *stage) Guarded() bool { return !s.unguarded }

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
		if !s.quiet {
			e.Report.Changed = time.Now()
		}
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
