package secretsmanager

import (
	"cmp"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// ReplicaRegion is a region to copy a secret to.
type ReplicaRegion struct {
	Region   *string `json:"Region"`
	KmsKeyID *string `json:"KmsKeyId"`
}

// ReplicationStatus is how the copy in one region stands (secrets-manager.md, 2.15).
type ReplicationStatus struct {
	Region           string       `json:"Region"`
	KmsKeyID         string       `json:"KmsKeyId"`
	Status           string       `json:"Status"`
	StatusMessage    string       `json:"StatusMessage,omitempty"`
	LastAccessedDate awsjson.Time `json:"LastAccessedDate,omitzero"`
}

// replicationOf is how all copies of a secret stand, by region.
func replicationOf(tx *store.Tx, sec *secret.Secret) ([]ReplicationStatus, error) {
	replicas, err := tx.Replicas(sec.Key)
	out := []ReplicationStatus{}
	for _, r := range replicas {
		out = append(out, ReplicationStatus{
			Region: r.Region, KmsKeyID: cmp.Or(r.KeyID, keyring.ManagedKey),
			Status: string(r.Status), StatusMessage: r.Message, LastAccessedDate: awsjson.Time(r.Accessed),
		})
	}
	return out, err
}

// replicate writes down that a secret is to be copied, and gives how its copies
// stand. The replicator does the rest.
func replicate(tx *store.Tx, sec *secret.Secret, to []ReplicaRegion, overwrite bool) ([]ReplicationStatus, error) {
	if err := sec.CheckReplicaRegions(regionsOf(to)); err != nil {
		return nil, err
	}
	for _, one := range to {
		region := text(one.Region)
		if err := checkKey(sec.ARN.Account, region, text(one.KmsKeyID)); err != nil {
			return nil, err
		}
		// The one key there is so far is recorded as "".
		if err := tx.PutReplica(secret.NewReplica(sec, region, "", overwrite, tx.Now())); err != nil {
			return nil, err
		}
		replica := sec.ReplicaIn(region, "", tx.Now())
		if err := tx.AuditService(audit.ReplicationStarted, replica, sec.CurrentID(), ""); err != nil {
			return nil, err
		}
	}
	return replicationOf(tx, sec)
}

func regionsOf(replicas []ReplicaRegion) (regions []string) {
	for _, r := range replicas {
		regions = append(regions, text(r.Region))
	}
	return regions
}
