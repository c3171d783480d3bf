package store

import (
	"slices"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// The transactions of replication lock in one order, so that none waits for one
// that waits for it: the primary, the replica, the row of table replicas. Others
// lock one secret only, or wait for none (touches.go).

// Behind has something to receive after a commit of this server that left
// replicas with something to copy. It is for one receiver.
func (s *Store) Behind() <-chan struct{} { return s.behind }

// noteBehind tells the receiver of Behind, once a transaction is committed.
func (s *Store) noteBehind(committed *Tx) {
	if !committed.behind {
		return
	}
	select {
	case s.behind <- struct{}{}:
	default:
	}
}

// noteChanged records that a secret is not what it was: what is kept of it in
// the cache is stale after the commit, and its replicas are behind with it. A
// replica that failed waits for its next attempt, which copies this change too.
func (t *Tx) noteChanged(s *secret.Secret) error {
	key := keyOfARN(s.ARN)
	if slices.Contains(t.changed, key) {
		return nil // in this transaction already
	}
	if s.Key == 0 {
		t.changed = append(t.changed, key) // it has no row: that of an older one went with it
		return nil
	}
	if err := t.outdate(key); err != nil || s.IsReplica() {
		return err
	}
	n, err := t.exec(`UPDATE replicas SET status = $2, message = '', next_attempt = $3 WHERE secret = $1 AND status <> $4`,
		s.Key, secret.ReplicaInProgress, micros(t.now), secret.ReplicaFailed)
	t.behind = t.behind || n > 0
	return err
}

// replicaSelect takes the key and the date of the last read from the replica
// itself, where there is one.
const replicaSelect = `SELECT r.secret, r.region, COALESCE(c.key_id, r.key_id), r.overwrite, r.status, r.message, r.failures,
r.next_attempt, COALESCE(c.accessed, 0) FROM replicas r JOIN secrets p ON p.id = r.secret
LEFT JOIN secrets c ON c.account = p.account AND c.region = r.region AND c.name = p.name AND c.suffix = p.suffix AND c.replica_of = p.region `

func (t *Tx) replicas(where string, args ...any) (out []*secret.Replica, err error) {
	err = t.query(func(scan func(...any) error) error {
		r := &secret.Replica{}
		var next, accessed int64
		err := scan(&r.Primary, &r.Region, &r.KeyID, &r.Overwrite, &r.Status, &r.Message, &r.Failures, &next, &accessed)
		r.NextAttempt, r.Accessed = fromMicros(next), fromMicros(accessed)
		out = append(out, r)
		return err
	}, replicaSelect+where, args...)
	return out, err
}

// Replicas is where a secret is copied to, by region.
func (t *Tx) Replicas(primary int64) ([]*secret.Replica, error) {
	return t.replicas(`WHERE r.secret = $1 ORDER BY r.region`, primary)
}

// Replica is one of them, nil when the secret is not copied there.
func (t *Tx) Replica(primary int64, region string) (*secret.Replica, error) {
	found, err := t.replicas(`WHERE r.secret = $1 AND r.region = $2`, primary, region)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// BehindReplicas is what can be copied now, that which waits longest first.
func (t *Tx) BehindReplicas(limit int) ([]*secret.Replica, error) {
	return t.replicas(`WHERE r.next_attempt > 0 AND r.next_attempt <= $1 ORDER BY r.next_attempt LIMIT $2`, micros(t.now), limit)
}

// NextReplica is when there will be something to copy, zero when nothing is
// planned.
func (t *Tx) NextReplica() (time.Time, error) {
	var next int64
	_, err := t.first([]any{&next}, `SELECT COALESCE(MIN(next_attempt), 0) FROM replicas WHERE next_attempt > 0`)
	return fromMicros(next), err
}

// PutReplica writes how the copying to a region stands, or that it is wished for.
func (t *Tx) PutReplica(r *secret.Replica) error {
	t.behind = t.behind || !r.NextAttempt.IsZero()
	if err := t.addPrimaryTerm(r.Primary); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO replicas (secret, region, key_id, overwrite, status, message, failures, next_attempt)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (secret, region) DO UPDATE SET key_id = excluded.key_id, overwrite = excluded.overwrite, status = excluded.status,
message = excluded.message, failures = excluded.failures, next_attempt = excluded.next_attempt`,
		r.Primary, r.Region, r.KeyID, r.Overwrite, r.Status, r.Message, r.Failures, micros(r.NextAttempt))
	return err
}

// addPrimaryTerm lets a secret be found by its own region, as those are that have
// replicas. The term stays when they are gone: what is found by it is looked at.
func (t *Tx) addPrimaryTerm(key int64) error {
	var region string
	if _, err := t.first([]any{&region}, `SELECT region FROM secrets WHERE id = $1`, key); err != nil {
		return err
	}
	return t.addTerms(key, []secret.Term{secret.PrimaryRegionTerm(region)})
}

// ForgetReplica ends the copying to a region. What was copied stays.
func (t *Tx) ForgetReplica(primary secret.ARN, region string) error {
	_, err := t.exec(`DELETE FROM replicas WHERE region = $1 AND secret =
(SELECT id FROM secrets WHERE account = $2 AND region = $3 AND name = $4)`, region, primary.Account, primary.Region, primary.Name)
	return err
}
