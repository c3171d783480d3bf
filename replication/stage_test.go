package replication_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/replication"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const (
	account = "000000000000"
	home    = "eu-west-1"
	abroad  = "us-east-1"
)

// A stage is a replicator over a real store and keyring, inside a synctest
// bubble where the clock jumps when everybody waits. The root key can be taken
// away.
type stage struct {
	*testing.T
	store   *store.Store
	ring    *keyring.Ring
	root    *rootKey
	primary int64
	reached func(replication.Point)
}

// rootKey is a real one that may be out of reach.
type rootKey struct {
	keyring.Wrapper
	gone bool
}

func (r *rootKey) Wrap(ctx context.Context, key, aad []byte) ([]byte, error) {
	if r.gone {
		return nil, errors.New("no root key")
	}
	return r.Wrapper.Wrap(ctx, key, aad)
}

// onStage runs a test in a bubble, with the secret s of one version at home. The
// replicator is started by the test.
func onStage(t *testing.T, test func(s *stage)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		st, err := store.Open(t.Context(), store.Config{Where: filepath.Join(dir, "alberti.db"), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		local, err := keyring.CreateLocal(filepath.Join(dir, "root.key"))
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{T: t, store: st, root: &rootKey{Wrapper: local}}
		s.ring = keyring.New(s.root, func(ctx context.Context, id string) (keyring.Key, error) {
			wrapped, err := st.KMSKeyByID(ctx, id)
			return keyring.Key{ID: id, Wrapped: wrapped}, err
		})
		s.primary = s.create(home, "AbCdEf", "first", "one")
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

func (s *stage) view(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.store.View(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// create makes the secret s in a region and gives its key in the store.
func (s *stage) create(region, suffix, version, value string) int64 {
	sec := secret.New(secret.ARN{Region: region, Account: account, Name: "s", Suffix: suffix}, s.store.Now())
	s.update(func(tx *store.Tx) error { return s.put(tx, sec, version, value) })
	return sec.Key
}

func (s *stage) put(tx *store.Tx, sec *secret.Secret, version, value string, labels ...string) error {
	if _, err := sec.Put(version, labels, "", tx.Now()); err != nil {
		return err
	}
	key, err := s.ring.Managed(s.Context(), tx, account, sec.ARN.Region)
	if err != nil {
		return err
	}
	sealed, err := s.ring.Seal(s.Context(), key, keyring.Context{SecretARN: sec.ARN.String(), VersionID: version}, secret.Text(value))
	if err != nil {
		return err
	}
	if err := tx.PutSecret(sec); err != nil {
		return err
	}
	return tx.PutValue(sec, version, sealed)
}

// change changes the primary, as an operation does.
func (s *stage) change(how func(tx *store.Tx, sec *secret.Secret) error) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(s.primary)
		if err != nil {
			return err
		}
		if err := how(tx, sec); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
}

func (s *stage) write(version, value string, labels ...string) {
	s.Helper()
	s.change(func(tx *store.Tx, sec *secret.Secret) error { return s.put(tx, sec, version, value, labels...) })
}

// replicate asks for copies of the primary.
func (s *stage) replicate(overwrite bool, regions ...string) {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		sec, err := tx.SecretByKey(s.primary)
		for _, region := range regions {
			err = errors.Join(err, tx.PutReplica(secret.NewReplica(sec, region, "", overwrite, tx.Now())))
		}
		return err
	})
}

func (s *stage) replicator() *replication.Replicator {
	return replication.New(replication.Config{
		Store: s.store, Ring: s.ring, Committed: func() {}, Log: slog.New(slog.NewTextHandler(s.Output(), nil)), Reached: s.reached,
	})
}

// run runs a replicator for a while of the bubble's time.
func (s *stage) run(d time.Duration) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), d)
	defer cancel()
	if err := s.replicator().Run(ctx); err != nil {
		s.Error(err)
	}
}

// there is the secret s of a region, nil when there is none.
func (s *stage) there(region string) (sec *secret.Secret) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		sec, err = tx.Secret(secret.ID{Region: region, Account: account, Name: "s"})
		return err
	})
	return sec
}

// holds writes the versions of the secret s in a region with their labels and
// opened values: "first[AWSCURRENT]=one".
func (s *stage) holds(region string) string {
	s.Helper()
	sec := s.there(region)
	if sec == nil {
		return "nothing"
	}
	var out []string
	for _, v := range sec.Versions {
		found, err := s.store.Value(s.Context(), secret.ID{Region: region, Account: account, Name: "s"}, store.Choice{VersionID: v.ID})
		if err != nil || found == nil {
			s.Fatal(found, err)
		}
		value, err := s.ring.Open(s.Context(), found.Sealed, keyring.Context{SecretARN: sec.ARN.String(), VersionID: v.ID})
		if err != nil {
			s.Fatalf("version %s of %s does not open: %v", v.ID, sec.ARN, err)
		}
		out = append(out, fmt.Sprintf("%s%v=%s", v.ID, v.Labels, value.Reveal()))
	}
	return strings.Join(out, " ")
}

// current reads AWSCURRENT as GetSecretValue does, from the cache where it is.
func (s *stage) current(region string) string {
	s.Helper()
	found, err := s.store.Value(s.Context(), secret.ID{Region: region, Account: account, Name: "s"}, store.Choice{Label: secret.Current})
	if err != nil || found == nil {
		s.Fatal(found, err)
	}
	value, err := s.ring.Open(s.Context(), found.Sealed, keyring.Context{SecretARN: found.ARN.String(), VersionID: found.VersionID})
	if err != nil {
		s.Fatal(err)
	}
	return string(value.Reveal())
}

func (s *stage) wantHolds(region, want string) {
	s.Helper()
	if got := s.holds(region); got != want {
		s.Errorf("%s holds %s\nwant %s", region, got, want)
	}
}

func (s *stage) status(region string) (r *secret.Replica) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) {
		r, err = tx.Replica(s.primary, region)
		return err
	})
	return r
}

func (s *stage) wantStatus(region string, status secret.ReplicaStatus, message string) {
	s.Helper()
	if r := s.status(region); r.Status != status || r.Message != message {
		s.Errorf("%s: %+v\nwant %s, %s", region, r, status, message)
	}
}

// events counts the service events that were committed since the last time.
func (s *stage) events() map[string]int {
	s.Helper()
	out := map[string]int{}
	_, err := s.store.Ship(s.Context(), 1000, func(events [][]byte) error {
		for _, e := range events {
			for _, name := range []string{"ReplicationSucceeded", "ReplicationFailed", "EndSecretVersionDelete"} {
				if strings.Contains(string(e), `"`+name+`"`) && strings.Contains(string(e), ":us-east-1:") {
					out[name]++
				}
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	return out
}
