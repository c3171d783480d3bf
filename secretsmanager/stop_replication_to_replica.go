package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// StopReplicationToReplicaOutput names the secret that stands alone now.
type StopReplicationToReplicaOutput struct {
	ARN string `json:"ARN"`
}

// stopReplicationToReplica makes a replica a secret like any other; it is called
// in the replica's region (secrets-manager.md, 2.15).
func (s *Service) stopReplicationToReplica(c *call, in *SecretIDInput) (*StopReplicationToReplicaOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*StopReplicationToReplicaOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		primary := sec.ARN
		primary.Region = sec.ReplicaOf
		if err := sec.Promote(tx.Now()); err != nil {
			return nil, err
		}
		if err := tx.ForgetReplica(primary, sec.ARN.Region); err != nil {
			return nil, err
		}
		return &StopReplicationToReplicaOutput{ARN: sec.ARN.String()}, tx.PutSecret(sec)
	})
}
