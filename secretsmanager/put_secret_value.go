package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// PutSecretValueInput makes a new version of a secret (secrets-manager.md, 2.2).
type PutSecretValueInput struct {
	SecretID           *string               `json:"SecretId"`
	ClientRequestToken *string               `json:"ClientRequestToken"`
	SecretBinary       awsjson.SensitiveBlob `json:"SecretBinary"`
	SecretString       awsjson.Sensitive     `json:"SecretString"`
	VersionStages      []string              `json:"VersionStages"`
	RotationToken      awsjson.Sensitive     `json:"RotationToken"`
}

// PutSecretValueOutput tells which labels the version has now.
type PutSecretValueOutput struct {
	ARN           string   `json:"ARN"`
	Name          string   `json:"Name"`
	VersionID     string   `json:"VersionId"`
	VersionStages []string `json:"VersionStages,omitempty"`
}

func (s *Service) putSecretValue(c *call, in *PutSecretValueInput) (*PutSecretValueOutput, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidRequest, noToken)
	}
	if err := secret.CheckID(*in.SecretID); err != nil {
		return nil, err
	}
	value, err := givenValue(in.SecretString, in.SecretBinary)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*PutSecretValueOutput, error) {
		sec, err := s.openFree(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if value == nil {
			return nil, fault.New(fault.InvalidRequest, "You must provide either SecretString or SecretBinary.")
		}
		if err := s.putValue(tx, c, sec, *in.ClientRequestToken, *value, in.VersionStages); err != nil {
			return nil, err
		}
		return &PutSecretValueOutput{
			ARN: sec.ARN.String(), Name: sec.Name(), VersionID: *in.ClientRequestToken,
			VersionStages: sec.Version(*in.ClientRequestToken).Labels,
		}, nil
	})
}
