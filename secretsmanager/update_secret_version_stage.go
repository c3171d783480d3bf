package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// UpdateSecretVersionStageInput moves a staging label (secrets-manager.md, 2.4).
type UpdateSecretVersionStageInput struct {
	SecretID            *string `json:"SecretId"`
	VersionStage        *string `json:"VersionStage"`
	RemoveFromVersionID *string `json:"RemoveFromVersionId"`
	MoveToVersionID     *string `json:"MoveToVersionId"`
}

// named is the answer of operations that only say which secret it was.
type named struct {
	ARN  string `json:"ARN"`
	Name string `json:"Name"`
}

func nameOf(sec *secret.Secret) *named { return &named{ARN: sec.ARN.String(), Name: sec.Name()} }

func (s *Service) updateSecretVersionStage(c *call, in *UpdateSecretVersionStageInput) (*named, error) {
	return door.Update(c, func(tx *store.Tx) (*named, error) {
		sec, err := s.openFree(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if err := sec.Move(*in.VersionStage, text(in.RemoveFromVersionID), text(in.MoveToVersionID)); err != nil {
			return nil, err
		}
		sec.Touch(tx.Now())
		if err := s.afterMove(tx, c, sec, in); err != nil {
			return nil, err
		}
		return nameOf(sec), tx.PutSecret(sec)
	})
}

// afterMove tells the unfinished rotation what the move means for it: its version
// is promoted, or its AWSPENDING is gone. One that waits for a person, whose
// version a person promotes, is over.
func (s *Service) afterMove(tx *store.Tx, c *call, sec *secret.Secret, in *UpdateSecretVersionStageInput) error {
	job, err := tx.UnfinishedJob(sec.Key)
	if err != nil || job == nil {
		return err
	}
	promoted := *in.VersionStage == secret.Current && text(in.MoveToVersionID) == job.Token
	if promoted && job.Waiting() {
		return endJob(tx, sec, job, secret.Abandoned)
	}
	if promoted {
		job.Promoted = tx.Now()
		return tx.SaveJob(job, job.Lease)
	}
	if *in.VersionStage == secret.Current && c.Caller.RotationToken == "" {
		// The pending value was made of another version: to promote it would undo
		// this move without a word (rotation-functions.md, 16.10).
		sec.AbandonPending("")
		return endRotation(tx, sec, secret.Abandoned)
	}
	return endRotation(tx, sec, secret.Cancelled)
}
