package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// SecretIDInput is the input of operations that only need to know which secret.
type SecretIDInput struct {
	SecretID *string `json:"SecretId"`
}

// DescribeSecretOutput is a secret without its values, each member only when it
// has one (secrets-manager.md, 2.7).
type DescribeSecretOutput struct {
	ARN                string              `json:"ARN"`
	Name               string              `json:"Name"`
	Description        string              `json:"Description,omitempty"`
	KmsKeyID           string              `json:"KmsKeyId,omitempty"`
	RotationEnabled    *bool               `json:"RotationEnabled,omitzero"`
	RotationLambdaARN  string              `json:"RotationLambdaARN,omitempty"`
	RotationRules      *RotationRules      `json:"RotationRules,omitzero"`
	LastRotatedDate    awsjson.Time        `json:"LastRotatedDate,omitzero"`
	LastChangedDate    awsjson.Time        `json:"LastChangedDate,omitzero"`
	LastAccessedDate   awsjson.Time        `json:"LastAccessedDate,omitzero"`
	DeletedDate        awsjson.Time        `json:"DeletedDate,omitzero"`
	NextRotationDate   awsjson.Time        `json:"NextRotationDate,omitzero"`
	Tags               []secret.Tag        `json:"Tags,omitzero"`
	CreatedDate        awsjson.Time        `json:"CreatedDate,omitzero"`
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages,omitempty"`
	PrimaryRegion      string              `json:"PrimaryRegion,omitempty"`
	ReplicationStatus  []ReplicationStatus `json:"ReplicationStatus,omitempty"`
	OwningService      string              `json:"OwningService,omitempty"`
}

// RotationRules is a schedule on the wire.
type RotationRules struct {
	AutomaticallyAfterDays *int64  `json:"AutomaticallyAfterDays,omitzero"`
	Duration               *string `json:"Duration,omitzero"`
	ScheduleExpression     *string `json:"ScheduleExpression,omitzero"`
}

func (s *Service) describeSecret(c *call, in *SecretIDInput) (*DescribeSecretOutput, error) {
	return door.View(c, func(tx *store.Tx) (*DescribeSecretOutput, error) {
		sec, err := s.open(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		freezes, err := tx.FreezesOf(sec)
		if err != nil {
			return nil, err
		}
		out := describe(sec, freezes)
		if sec.Replicated {
			out.ReplicationStatus, err = replicationOf(tx, sec)
		}
		return out, err
	})
}

func describe(sec *secret.Secret, freezes secret.Freezes) *DescribeSecretOutput {
	r := sec.Rotation
	d := &DescribeSecretOutput{
		ARN: sec.ARN.String(), Name: sec.Name(), Description: sec.Description, KmsKeyID: sec.KeyID, Tags: sec.Tags,
		CreatedDate: awsjson.Time(sec.Created), LastChangedDate: awsjson.Time(sec.Changed),
		LastAccessedDate: awsjson.Time(sec.Accessed), DeletedDate: awsjson.Time(sec.DeleteAt),
		VersionIDsToStages: sec.Labelled(), PrimaryRegion: sec.PrimaryRegion(), OwningService: sec.OwningService,
	}
	if !r.Configured() {
		d.LastRotatedDate = awsjson.Time(r.LastRotated) // a replica has it without a rotation
		return d
	}
	d.RotationEnabled = &r.Enabled
	if sec.OwningService == "" { // a managed secret shows no function (2.18)
		d.RotationLambdaARN = r.FunctionARN
	}
	d.RotationRules = shownRules(r)
	if r.Enabled { // cancelled, a secret shows no dates of rotation (3.7)
		d.LastRotatedDate, d.NextRotationDate = awsjson.Time(r.LastRotated), awsjson.Time(sec.NextRotationDate(freezes))
	}
	return d
}

// shownRules gives the rules back. With an expression the days are known only
// after a success (3.7).
func shownRules(r secret.Rotation) *RotationRules {
	out := &RotationRules{Duration: optional(r.Rules.Duration), ScheduleExpression: optional(r.Rules.Expression)}
	days := int64(r.Rules.AutomaticallyAfterDays)
	if days == 0 {
		days = int64(r.Days)
	}
	if days > 0 {
		out.AutomaticallyAfterDays = &days
	}
	if *out == (RotationRules{}) {
		return nil
	}
	return out
}
