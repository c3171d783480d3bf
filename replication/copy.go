package replication

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// firstPause is the pause after the first failure; it doubles, up to an hour.
const firstPause = 5 * time.Second

// catchUp makes one replica equal to its primary, or writes down why it is not.
// An error means that not even that could be written: the next round tries
// again.
func (r *Replicator) catchUp(ctx context.Context, which *secret.Replica) error {
	r.Reached(Found)
	err := r.inOneCommit(ctx, which, func(tx *store.Tx, p *pair) error { return r.copy(ctx, tx, p) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		r.Reached(Copied)
		return nil
	}
	r.Log.Warn("replication failed", "primary", which.Primary, "region", which.Region, "error", err)
	reason := fault.Message(err)
	if reason == "" {
		reason = "An error occurred on the server side." // its cause is for the log alone
	}
	return r.inOneCommit(ctx, which, func(tx *store.Tx, p *pair) error {
		p.status.Retry(reason, firstPause, rand.Float64(), tx.Now())
		return p.failed(tx)
	})
}

// pair is a primary, what stands in its replica's place, and the wish that the
// one be a copy of the other.
type pair struct {
	primary *secret.Secret
	there   *secret.Secret // nil when nothing is there
	status  *secret.Replica
}

// inOneCommit runs fn on a pair that still has something to copy: the primary
// and what is in the other region stay as they are until the end.
func (r *Replicator) inOneCommit(ctx context.Context, which *secret.Replica, fn func(*store.Tx, *pair) error) error {
	err := r.Store.Update(ctx, func(tx *store.Tx) error {
		p, err := load(tx, which)
		if err != nil || p == nil {
			return err
		}
		if err := fn(tx, p); err != nil {
			return err
		}
		return tx.PutReplica(p.status)
	})
	if err == nil {
		r.Committed()
	}
	return err
}

// load locks a pair, in the order that store/replicas.go names; nil when nothing
// is to be copied any more.
func load(tx *store.Tx, which *secret.Replica) (*pair, error) {
	primary, err := tx.SecretByKey(which.Primary)
	if err != nil || primary == nil {
		return nil, err
	}
	there, err := tx.Secret(secret.ID{Region: which.Region, Account: primary.ARN.Account, Name: primary.Name()})
	if err != nil {
		return nil, err
	}
	status, err := tx.Replica(which.Primary, which.Region)
	if err != nil || status == nil || !status.Due(tx.Now()) {
		return nil, err
	}
	return &pair{primary, there, status}, nil
}

// copy brings the replica level, and makes it first where there is none. A name
// that is taken is not copied to, and not tried again.
func (r *Replicator) copy(ctx context.Context, tx *store.Tx, p *pair) error {
	if p.there != nil && !p.there.Follows(p.primary) {
		if reason := p.status.Yields(p.there); reason != "" {
			p.status.Refuse(reason)
			return p.failed(tx)
		}
		if err := tx.AuditVersions(audit.EndVersionDelete, p.there); err != nil {
			return err
		}
		if err := tx.DeleteSecret(p.there); err != nil {
			return err
		}
		p.there = nil
	}
	replica := p.there
	if replica == nil {
		replica = p.primary.ReplicaIn(p.status.Region, p.status.KeyID, tx.Now())
	}
	missing := replica.Follow(p.primary)
	if err := tx.PutSecret(replica); err != nil {
		return err
	}
	for _, version := range missing {
		if err := r.copyValue(ctx, tx, p.primary, replica, version); err != nil {
			return err
		}
	}
	r.Reached(Copying)
	p.status.Succeed()
	return tx.AuditService(audit.ReplicationSucceeded, replica, p.primary.CurrentID(), "")
}

// copyValue seals a value anew: under a key of the replica's region, and for its
// ARN.
func (r *Replicator) copyValue(ctx context.Context, tx *store.Tx, primary, replica *secret.Secret, version string) error {
	sealed, ok, err := tx.Value(primary, version)
	if err == nil && !ok {
		err = errors.New("a version that has a value has none")
	}
	if err != nil {
		return err
	}
	value, err := r.Ring.Open(ctx, sealed, keyring.Context{SecretARN: primary.ARN.String(), VersionID: version})
	if err != nil {
		return err
	}
	key, err := r.Ring.Managed(ctx, tx, replica.ARN.Account, replica.ARN.Region)
	if err != nil {
		return err
	}
	if sealed, err = r.Ring.Seal(ctx, key, keyring.Context{SecretARN: replica.ARN.String(), VersionID: version}, value); err != nil {
		return err
	}
	return tx.PutValue(replica, version, sealed)
}

// failed records the event of a failure. The replica may not be there: its ARN
// is the one that it would have.
func (p *pair) failed(tx *store.Tx) error {
	replica := p.primary.ReplicaIn(p.status.Region, p.status.KeyID, tx.Now())
	return tx.AuditService(audit.ReplicationFailed, replica, p.primary.CurrentID(), p.status.Message)
}
