package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// ReplicateSecretToRegionsInput asks for copies of a secret, or for another try
// at one that failed (secrets-manager.md, 2.15).
type ReplicateSecretToRegionsInput struct {
	SecretID                    *string         `json:"SecretId"`
	AddReplicaRegions           []ReplicaRegion `json:"AddReplicaRegions"`
	ForceOverwriteReplicaSecret bool            `json:"ForceOverwriteReplicaSecret"`
}

// ReplicationOutput tells how all copies of a secret stand.
type ReplicationOutput struct {
	ARN               string              `json:"ARN"`
	ReplicationStatus []ReplicationStatus `json:"ReplicationStatus"`
}

func (s *Service) replicateSecretToRegions(c *call, in *ReplicateSecretToRegionsInput) (*ReplicationOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*ReplicationOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		status, err := replicate(tx, sec, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
		return &ReplicationOutput{ARN: sec.ARN.String(), ReplicationStatus: status}, err
	})
}
