package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// replicate asks for a copy of a secret in regions.
func replicate(t *testing.T, st *store.Store, s *secret.Secret, regions ...string) {
	t.Helper()
	update(t, st, func(tx *store.Tx) error {
		for _, region := range regions {
			if err := tx.PutReplica(secret.NewReplica(s, region, "", false, tx.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

func update(t *testing.T, st *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := st.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// change changes one replica by the domain's own rules.
func change(t *testing.T, st *store.Store, s *secret.Secret, region string, how func(*secret.Replica)) {
	t.Helper()
	update(t, st, func(tx *store.Tx) error {
		r, err := tx.Replica(s.Key, region)
		if err != nil {
			return err
		}
		how(r)
		return tx.PutReplica(r)
	})
}

// standing writes how the copies of a secret stand: "eu-west-2 InSync".
func standing(t *testing.T, st *store.Store, s *secret.Secret) (out string) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error {
		all, err := tx.Replicas(s.Key)
		for _, r := range all {
			out += fmt.Sprintf("%s %s due=%v; ", r.Region, r.Status, r.Due(tx.Now()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// told tells whether the store has said that there is something to copy.
func told(st *store.Store) bool {
	select {
	case <-st.Behind():
		return true
	default:
		return false
	}
}

// TestChangesLeaveReplicasBehind: with every committed change of a primary, and
// with nothing else.
func TestChangesLeaveReplicasBehind(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s, other := newSecret("s"), newSecret("other")
		put(t, st, s, "one")
		put(t, st, other, "one")
		if told(st) {
			t.Error("secrets without replicas have something to copy")
		}
		replicate(t, st, s, "eu-west-2", "ap-east-1")
		if got := standing(t, st, s); got != "ap-east-1 InProgress due=true; eu-west-2 InProgress due=true; " || !told(st) {
			t.Errorf("asked for: %s", got)
		}
		change(t, st, s, "eu-west-2", (*secret.Replica).Succeed)
		change(t, st, s, "ap-east-1", func(r *secret.Replica) { r.Refuse("never") })
		const inSync = "ap-east-1 Failed due=false; eu-west-2 InSync due=false; "
		if got := standing(t, st, s); got != inSync || told(st) {
			t.Errorf("copied: %s", got)
		}
		put(t, st, other, "two")
		if err := st.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.PutSecret(s); err != nil {
				return err
			}
			return fmt.Errorf("no")
		}); err == nil {
			t.Fatal("an update that failed did not")
		}
		if got := standing(t, st, s); got != inSync || told(st) {
			t.Errorf("another's change, and one that came to nothing: %s", got)
		}
		const behind = "ap-east-1 Failed due=false; eu-west-2 InProgress due=true; "
		put(t, st, s, "two")
		if got := standing(t, st, s); got != behind || !told(st) {
			t.Errorf("a new value: %s", got)
		}
		change(t, st, s, "eu-west-2", (*secret.Replica).Succeed)
		update(t, st, func(tx *store.Tx) error { return tx.PutValue(s, "two", sealed("three")) })
		if got := standing(t, st, s); got != behind || !told(st) {
			t.Errorf("a value alone: %s", got)
		}
	})
}

// TestReplicaComesBack: the row, and what it takes from the replica itself.
func TestReplicaComesBack(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("s")
		put(t, st, s, "one")
		want := &secret.Replica{
			Primary: s.Key, Region: "eu-west-2", KeyID: "key", Overwrite: true, Status: secret.ReplicaFailed,
			Message: "no", Failures: 3, NextAttempt: start.Add(time.Minute),
		}
		update(t, st, func(tx *store.Tx) error { return tx.PutReplica(want) })
		look := func() (r *secret.Replica, primary *secret.Secret, next time.Time) {
			err := st.View(t.Context(), func(tx *store.Tx) (err error) {
				if r, err = tx.Replica(s.Key, "eu-west-2"); err != nil {
					return err
				}
				if primary, err = tx.SecretByKey(s.Key); err != nil {
					return err
				}
				next, err = tx.NextReplica()
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return r, primary, next
		}
		r, primary, next := look()
		if *r != *want || !primary.Replicated || !next.Equal(want.NextAttempt) {
			t.Errorf("got  %+v\nwant %+v\nnext %v, of %+v", r, want, next, primary)
		}
		replica := s.ReplicaIn("eu-west-2", "its own", start)
		stranger := newSecret("s")
		stranger.ARN.Region, stranger.KeyID = "eu-west-2", "stranger's"
		put(t, st, stranger)
		if r, _, _ := look(); r.KeyID != "key" {
			t.Errorf("the key of a secret that is no replica: %q", r.KeyID)
		}
		update(t, st, func(tx *store.Tx) error {
			if err := tx.DeleteSecret(stranger); err != nil {
				return err
			}
			return tx.PutSecret(replica)
		})
		if r, _, _ := look(); r.KeyID != "its own" {
			t.Errorf("the replica's key is %q", r.KeyID)
		}
		known := map[bool]*secret.Secret{}
		err := st.View(t.Context(), func(tx *store.Tx) (err error) {
			known[true], err = tx.Secret(idOf(replica))
			return err
		})
		if err != nil || known[true].ReplicaOf != s.ARN.Region || !known[true].Follows(s) {
			t.Errorf("%+v, %v", known[true], err)
		}
		update(t, st, func(tx *store.Tx) error { return tx.ForgetReplica(s.ARN, "eu-west-2") })
		if got := standing(t, st, s); got != "" {
			t.Errorf("forgotten: %s", got)
		}
		replicate(t, st, s, "eu-west-2")
		update(t, st, func(tx *store.Tx) error { return tx.DeleteSecret(s) })
		if got := standing(t, st, s); got != "" {
			t.Errorf("deleted with its secret: %s", got)
		}
	})
}

// TestBehindReplicas: what waits longest comes first, what is not due does not.
func TestBehindReplicas(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		now := start
		st := open(func() time.Time { return now })
		s := newSecret("s")
		put(t, st, s, "one")
		replicate(t, st, s, "b-east-1")
		now = now.Add(time.Second)
		replicate(t, st, s, "a-east-1", "c-east-1")
		change(t, st, s, "a-east-1", func(r *secret.Replica) { r.Retry("no", time.Minute, 0, now) })
		behind := func(limit int) (out string) {
			err := st.View(t.Context(), func(tx *store.Tx) error {
				due, err := tx.BehindReplicas(limit)
				for _, r := range due {
					out += r.Region + " "
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := behind(10); got != "b-east-1 c-east-1 " {
			t.Errorf("behind: %s", got)
		}
		if got := behind(1); got != "b-east-1 " {
			t.Errorf("behind, one: %s", got)
		}
		now = now.Add(time.Minute)
		if got := behind(10); got != "b-east-1 c-east-1 a-east-1 " {
			t.Errorf("after the pause: %s", got)
		}
	})
}
