package replication_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/replication"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const succeeded = "Replication succeeded"

// TestReplicaFollows takes a primary through everything that a replica copies.
func TestReplicaFollows(t *testing.T) {
	onStage(t, func(s *stage) {
		s.replicate(false, abroad, "eu-west-2")
		s.run(time.Second)
		for _, region := range []string{abroad, "eu-west-2"} {
			s.wantHolds(region, "first[AWSCURRENT]=one")
			s.wantStatus(region, secret.ReplicaInSync, succeeded)
		}
		if got := s.there(abroad).ARN.String(); got != "arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf" {
			t.Errorf("the replica is %s", got)
		}
		if got := s.events(); got["ReplicationSucceeded"] != 1 || got["ReplicationFailed"] != 0 {
			t.Errorf("events: %v", got)
		}
		if got := s.current(abroad); got != "one" { // and keeps it in the cache
			t.Errorf("it holds %s", got)
		}
		s.write("second", "two")
		s.wantStatus(abroad, secret.ReplicaInProgress, "")
		s.change(func(tx *store.Tx, sec *secret.Secret) error {
			sec.Description = "changed"
			return sec.Tag([]secret.Tag{{Key: "a", Value: "b"}}, tx.Now())
		})
		s.run(time.Second)
		s.wantHolds(abroad, "first[AWSPREVIOUS]=one second[AWSCURRENT]=two")
		if r := s.there(abroad); r.Description != "changed" || len(r.Tags) != 1 {
			t.Errorf("%+v", r)
		}
		if got := s.current(abroad); got != "two" {
			t.Errorf("the cache still has %s", got)
		}
		if got := s.events(); got["ReplicationSucceeded"] != 1 {
			t.Errorf("two changes were copied in %d commits", got["ReplicationSucceeded"])
		}
	})
}

// TestSealedAnew: a replica's value opens for its own ARN and under its own key
// only.
func TestSealedAnew(t *testing.T) {
	onStage(t, func(s *stage) {
		s.replicate(false, abroad)
		s.run(time.Second)
		var original, copied secret.Sealed
		primary, replica := s.there(home), s.there(abroad)
		s.view(func(tx *store.Tx) (err error) {
			if original, _, err = tx.Value(primary, "first"); err == nil {
				copied, _, err = tx.Value(replica, "first")
			}
			return err
		})
		if copied.KeyID == original.KeyID {
			t.Error("both are sealed under one KMS key")
		}
		if _, err := s.ring.Open(s.Context(), copied, keyring.Context{SecretARN: primary.ARN.String(), VersionID: "first"}); err == nil {
			t.Error("the replica's value opens as the primary's")
		}
	})
}

// TestWakes: a replicator at rest hears of a change at once.
func TestWakes(t *testing.T) {
	onStage(t, func(s *stage) {
		s.replicate(false, abroad)
		ctx, stop := context.WithCancel(s.Context())
		var running sync.WaitGroup
		running.Go(func() { s.replicator().Run(ctx) })
		<-time.After(time.Second)
		s.write("second", "two")
		<-time.After(time.Millisecond)
		s.wantHolds(abroad, "first[AWSPREVIOUS]=one second[AWSCURRENT]=two")
		stop()
		running.Wait()
	})
}

// TestPlaceholders: a rotation shows in a replica when its version has a value,
// and not before.
func TestPlaceholders(t *testing.T) {
	onStage(t, func(s *stage) {
		s.replicate(false, abroad)
		s.change(func(tx *store.Tx, sec *secret.Secret) error {
			if err := sec.Configure("arn:f", nil, tx.Now()); err != nil {
				return err
			}
			return sec.StartRotation("second", tx.Now())
		})
		s.run(time.Second)
		s.wantHolds(abroad, "first[AWSCURRENT]=one")
		s.write("second", "two", secret.Pending)
		s.run(time.Second)
		s.wantHolds(abroad, "first[AWSCURRENT]=one second[AWSPENDING]=two")
		s.change(func(tx *store.Tx, sec *secret.Secret) error {
			if err := sec.Move(secret.Current, "first", "second"); err != nil {
				return err
			}
			return sec.FinishRotation("second", tx.Now())
		})
		s.run(time.Second)
		s.wantHolds(abroad, "first[AWSPREVIOUS]=one second[AWSCURRENT AWSPENDING]=two")
		if r, p := s.there(abroad), s.there(home); !r.Rotation.LastRotated.Equal(p.Rotation.LastRotated) || r.Rotation.Enabled || !r.Rotation.Due.IsZero() {
			t.Errorf("the replica's rotation: %+v", r.Rotation)
		}
	})
}

// TestNameTaken: a secret of that name stays, until the caller says that it may
// go.
func TestNameTaken(t *testing.T) {
	onStage(t, func(s *stage) {
		s.create(abroad, "ZyXwVu", "stranger", "theirs")
		s.replicate(false, abroad)
		s.run(24 * time.Hour)
		s.wantStatus(abroad, secret.ReplicaFailed, "Replication failed: Secret name s already exists in region us-east-1.")
		s.wantHolds(abroad, "stranger[AWSCURRENT]=theirs")
		s.write("second", "two")
		s.run(24 * time.Hour)
		s.wantHolds(abroad, "stranger[AWSCURRENT]=theirs")
		if got := s.events(); got["ReplicationFailed"] != 1 {
			t.Errorf("refused %d times, want once: %v", got["ReplicationFailed"], got)
		}
		if got := s.current(abroad); got != "theirs" {
			t.Errorf("it holds %s", got)
		}
		s.replicate(true, abroad)
		s.run(time.Second)
		s.wantStatus(abroad, secret.ReplicaInSync, succeeded)
		s.wantHolds(abroad, "first[AWSPREVIOUS]=one second[AWSCURRENT]=two")
		if got := s.current(abroad); got != "two" {
			t.Errorf("the cache still has %s", got)
		}
		if got := s.events(); got["EndSecretVersionDelete"] != 1 || got["ReplicationSucceeded"] != 1 {
			t.Errorf("events: %v", got)
		}
	})
}

// TestFailureIsRetried: a copy that cannot be sealed is tried again after a
// growing pause, and leaves no replica meanwhile.
func TestFailureIsRetried(t *testing.T) {
	onStage(t, func(s *stage) {
		s.root.gone = true // no key can be made for the other region
		s.replicate(false, abroad)
		s.run(time.Second)
		const text = "Replication failed: Secrets Manager can't encrypt the protected secret text using the provided KMS key. " +
			"Check that the KMS key is available, enabled, and not in an invalid state."
		s.wantStatus(abroad, secret.ReplicaFailed, text)
		s.wantHolds(abroad, "nothing")
		s.write("second", "two")
		s.wantStatus(abroad, secret.ReplicaFailed, text)
		s.run(12 * time.Hour)
		if got := s.events()["ReplicationFailed"]; got < 15 || got > 30 {
			t.Errorf("tried %d times in twelve hours", got)
		}
		s.root.gone = false
		s.run(time.Hour + time.Second)
		s.wantStatus(abroad, secret.ReplicaInSync, succeeded)
		s.wantHolds(abroad, "first[AWSPREVIOUS]=one second[AWSCURRENT]=two")
	})
}

// TestCrashes has the replicator vanish at every point there is. What it was
// about is done by the next one, in whole.
func TestCrashes(t *testing.T) {
	for _, point := range []replication.Point{replication.Found, replication.Copying, replication.Copied} {
		t.Run(string(point), func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.replicate(false, abroad)
				s.run(time.Second)
				s.write("second", "two")
				s.write("third", "three")
				var reached []replication.Point
				ctx, stop := context.WithCancel(s.Context())
				s.reached = func(p replication.Point) {
					reached = append(reached, p)
					if p != point {
						return
					}
					stop()
					if p == replication.Copying {
						panic("killed before the commit") // on the writer, which must live
					}
					runtime.Goexit()
				}
				ended := make(chan struct{})
				go func() { // that of the replicator goes with its workers
					defer close(ended)
					s.replicator().Run(ctx)
				}()
				<-ended
				if !slices.Contains(reached, point) {
					t.Fatalf("reached %v", reached)
				}
				want := "first[AWSCURRENT]=one"
				const after = "first[]=one second[AWSPREVIOUS]=two third[AWSCURRENT]=three"
				if point == replication.Copied {
					want = after
				}
				s.wantHolds(abroad, want)
				s.reached = nil
				s.run(time.Second)
				s.wantHolds(abroad, after)
				s.wantStatus(abroad, secret.ReplicaInSync, succeeded)
			})
		})
	}
}
