package secretsmanager

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// RetryRotationOutput names the version that is being made.
type RetryRotationOutput struct {
	ARN       string `json:"ARN"`
	Name      string `json:"Name"`
	VersionID string `json:"VersionId"`
}

// retryRotation has a failed rotation try again now instead of at its next
// attempt: what an operator does when the cause is mended.
func (s *Service) retryRotation(c *call, in *SecretIDInput) (*RetryRotationOutput, error) {
	return update(s, c, func(tx *store.Tx) (*RetryRotationOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		job, err := tx.RunningJob(sec.Key)
		if err != nil {
			return nil, err
		}
		if job == nil {
			return nil, fault.New(fault.InvalidRequest, "Secret %s has no rotation that waits for another attempt.", sec.ARN)
		}
		job.NextAttempt = tx.Now()
		return &RetryRotationOutput{ARN: sec.ARN.String(), Name: sec.Name(), VersionID: job.Token}, tx.SaveJob(job, job.Lease)
	})
}
