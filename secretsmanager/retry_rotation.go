package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// retryRotation has a failed rotation try again now, instead of at its next
// attempt or never: what an operator does when the cause is mended. It gives the
// rotation a fresh allowance of attempts.
func (s *Service) retryRotation(c *call, in *SecretIDInput) (*RotateSecretOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*RotateSecretOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		job, err := tx.UnfinishedJob(sec.Key)
		if err != nil {
			return nil, err
		}
		if job == nil {
			return nil, fault.New(fault.InvalidRequest, "Secret %s has no rotation that waits for another attempt.", sec.ARN)
		}
		if err := mayRetry(tx, sec, job); err != nil {
			return nil, err
		}
		job.TryAgain(tx.Now())
		if err := tx.ForgiveJob(job); err != nil {
			return nil, err
		}
		return &RotateSecretOutput{ARN: sec.ARN.String(), Name: sec.Name(), VersionID: job.Token}, tx.SaveJob(job, job.Lease)
	})
}

// mayRetry refuses an attempt that would only be held back: by a freeze, or
// because there is no value to rotate.
func mayRetry(tx *store.Tx, sec *secret.Secret, job *secret.Job) error {
	if sec.Holder(secret.Current) == nil {
		return fault.New(fault.InvalidRequest, "Secret %s has no current value yet: its rotation waits for one.", sec.ARN)
	}
	if job.Cause != secret.BySchedule {
		return nil
	}
	touched, err := tx.Touched(job)
	if err != nil || touched {
		return err
	}
	return notFrozen(tx, sec)
}
