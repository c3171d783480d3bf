package secretsmanager

import (
	"errors"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// DeleteSecretInput schedules a deletion, or deletes at once
// (secrets-manager.md, 2.10).
type DeleteSecretInput struct {
	SecretID                   *string `json:"SecretId"`
	RecoveryWindowInDays       *int64  `json:"RecoveryWindowInDays"`
	ForceDeleteWithoutRecovery *bool   `json:"ForceDeleteWithoutRecovery"`
}

// DeleteSecretOutput tells when the secret will be gone.
type DeleteSecretOutput struct {
	ARN          string       `json:"ARN"`
	Name         string       `json:"Name"`
	DeletionDate awsjson.Time `json:"DeletionDate"`
}

func (s *Service) deleteSecret(c *call, in *DeleteSecretInput) (*DeleteSecretOutput, error) {
	force := in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery
	if err := secret.CheckID(*in.SecretID); err != nil {
		return nil, err
	}
	if err := secret.CheckRecoveryWindow(in.RecoveryWindowInDays, force); err != nil {
		return nil, err
	}
	out, err := door.Update(c, func(tx *store.Tx) (*DeleteSecretOutput, error) {
		sec, err := s.open(tx, c, *in.SecretID)
		if errors.Is(err, secret.ErrNotFound) && force && c.Allowed() {
			return goneAlready(c, in, tx)
		}
		if err != nil {
			return nil, err
		}
		replicas, err := tx.Replicas(sec.Key)
		if err != nil {
			return nil, err
		}
		if err := sec.StillReplicated(replicas); err != nil {
			return nil, err
		}
		if force {
			return s.deleteNow(tx, sec)
		}
		return s.deleteLater(tx, sec, in.RecoveryWindowInDays)
	})
	if err == nil && force {
		s.Forget(out.ARN)
	}
	return out, err
}

// goneAlready answers the forced deletion of a name that there is not: AWS says
// yes, with an ARN that never was.
func goneAlready(c *call, in *DeleteSecretInput, tx *store.Tx) (*DeleteSecretOutput, error) {
	id, err := secret.ParseID(*in.SecretID, c.Caller.Account, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	arn := secret.ARN(id)
	if arn.Suffix == "" {
		arn.Suffix = secret.NewSuffix()
	}
	return &DeleteSecretOutput{ARN: arn.String(), Name: arn.Name, DeletionDate: awsjson.Time(tx.Now())}, nil
}

func (s *Service) deleteNow(tx *store.Tx, sec *secret.Secret) (*DeleteSecretOutput, error) {
	if err := sec.Unmanaged(); err != nil {
		return nil, err
	}
	out := &DeleteSecretOutput{ARN: sec.ARN.String(), Name: sec.Name(), DeletionDate: awsjson.Time(tx.Now())}
	return out, deleteAtOnce(tx, sec)
}

// deleteAtOnce leaves nothing of a secret but the events of its end.
func deleteAtOnce(tx *store.Tx, sec *secret.Secret) error {
	if err := tx.AuditVersions(audit.EndVersionDelete, sec); err != nil {
		return err
	}
	return tx.DeleteSecret(sec)
}

func (s *Service) deleteLater(tx *store.Tx, sec *secret.Secret, days *int64) (*DeleteSecretOutput, error) {
	if err := sec.ScheduleDeletion(days, tx.Now()); err != nil {
		return nil, err
	}
	if err := suspendJob(tx, sec, sec.DeleteAt); err != nil {
		return nil, err
	}
	if err := tx.AuditVersions(audit.StartVersionDelete, sec); err != nil {
		return nil, err
	}
	out := &DeleteSecretOutput{ARN: sec.ARN.String(), Name: sec.Name(), DeletionDate: awsjson.Time(sec.DeleteAt)}
	return out, tx.PutSecret(sec)
}

// suspendJob takes a running rotation from its runner until a later time. It is
// not ended: its password may be in force at the target already, and then only
// its end makes a restored secret one that logs in.
func suspendJob(tx *store.Tx, sec *secret.Secret, until time.Time) error {
	job, err := tx.RunningJob(sec.Key)
	if err != nil || job == nil {
		return err
	}
	lease := job.Lease
	job.Suspend(until)
	return tx.SaveJob(job, lease)
}
