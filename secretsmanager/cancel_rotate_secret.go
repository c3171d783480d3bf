package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// cancelRotateSecret turns rotation off, and stops a running one between steps.
// Labels stay as they are (secrets-manager.md, 3.10).
func (s *Service) cancelRotateSecret(c *call, in *SecretIDInput) (*RotateSecretOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*RotateSecretOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		out := &RotateSecretOutput{ARN: sec.ARN.String(), Name: sec.Name()}
		if job, err := tx.UnfinishedJob(sec.Key); err != nil {
			return nil, err
		} else if job != nil {
			out.VersionID = job.Token
		}
		if err := cancelJob(tx, sec); err != nil {
			return nil, err
		}
		sec.CancelRotation(tx.Now())
		return out, tx.PutSecret(sec)
	})
}

// cancelJob ends the unfinished rotation of a secret, if there is one.
func cancelJob(tx *store.Tx, sec *secret.Secret) error {
	job, err := tx.UnfinishedJob(sec.Key)
	if err != nil || job == nil {
		return err
	}
	return endJob(tx, sec, job, secret.Cancelled)
}
