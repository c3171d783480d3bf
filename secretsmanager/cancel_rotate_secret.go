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
		job, err := tx.UnfinishedJob(sec.Key)
		if err == nil && job != nil {
			out.VersionID = job.Token
			err = endJob(tx, sec, job, secret.Cancelled)
		}
		if err != nil {
			return nil, err
		}
		sec.CancelRotation(tx.Now())
		return out, tx.PutSecret(sec)
	})
}
