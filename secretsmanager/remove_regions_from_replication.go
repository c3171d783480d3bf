package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// RemoveRegionsFromReplicationInput ends the copying to regions, and deletes the
// copies (secrets-manager.md, 2.15).
type RemoveRegionsFromReplicationInput struct {
	SecretID             *string  `json:"SecretId"`
	RemoveReplicaRegions []string `json:"RemoveReplicaRegions"`
}

func (s *Service) removeRegionsFromReplication(c *call, in *RemoveRegionsFromReplicationInput) (*ReplicationOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*ReplicationOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if err := sec.CheckReplicaRegions(in.RemoveReplicaRegions); err != nil {
			return nil, err
		}
		for _, region := range in.RemoveReplicaRegions {
			if err := removeReplica(tx, sec, region); err != nil {
				return nil, err
			}
		}
		status, err := replicationOf(tx, sec)
		return &ReplicationOutput{ARN: sec.ARN.String(), ReplicationStatus: status}, err
	})
}

// removeReplica deletes a replica at once. A secret that only has its name stays,
// and a region without any is as it should be.
func removeReplica(tx *store.Tx, primary *secret.Secret, region string) error {
	there, err := tx.Secret(secret.ID{Region: region, Account: primary.ARN.Account, Name: primary.Name()})
	if err != nil {
		return err
	}
	if there != nil && there.Follows(primary) {
		if err := deleteAtOnce(tx, there); err != nil {
			return err
		}
	}
	return tx.ForgetReplica(primary.ARN, region)
}
