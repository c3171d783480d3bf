package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// UpdateSecretInput changes what a secret says of itself, or its value
// (secrets-manager.md, 2.3). A member left out leaves things as they are.
type UpdateSecretInput struct {
	SecretID           *string               `json:"SecretId"`
	ClientRequestToken *string               `json:"ClientRequestToken"`
	Description        *string               `json:"Description"`
	KmsKeyID           *string               `json:"KmsKeyId"`
	SecretBinary       awsjson.SensitiveBlob `json:"SecretBinary"`
	SecretString       awsjson.Sensitive     `json:"SecretString"`
	Type               *string               `json:"Type"`
}

// UpdateSecretOutput names the version that a value made.
type UpdateSecretOutput struct {
	ARN       string `json:"ARN"`
	Name      string `json:"Name"`
	VersionID string `json:"VersionId,omitempty"`
}

func (s *Service) updateSecret(c *call, in *UpdateSecretInput) (*UpdateSecretOutput, error) {
	value, err := checkUpdate(c, in)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*UpdateSecretOutput, error) {
		sec, err := s.openFree(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		if sec.IsReplica() && !onlyKey(in) {
			return nil, secret.ErrReplica
		}
		if in.Description != nil {
			sec.Description = *in.Description
		}
		out := &UpdateSecretOutput{ARN: sec.ARN.String(), Name: sec.Name()}
		if value != nil {
			out.VersionID = *in.ClientRequestToken
			if err := s.putValue(tx, c, sec, *in.ClientRequestToken, *value, nil); err != nil {
				return nil, err
			}
		}
		sec.Touch(tx.Now())
		return out, tx.PutSecret(sec)
	})
}

// onlyKey tells whether a request changes the key and nothing else: all that a
// replica takes (2.0, replica restrictions).
func onlyKey(in *UpdateSecretInput) bool {
	return in.KmsKeyID != nil && in.Description == nil && in.SecretString.IsZero() && in.SecretBinary.IsZero()
}

func checkUpdate(c *call, in *UpdateSecretInput) (*secret.Value, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidRequest, noToken)
	}
	if err := secret.CheckID(*in.SecretID); err != nil {
		return nil, err
	}
	if err := checkKey(c.Caller.Account, c.Caller.Region, text(in.KmsKeyID)); err != nil {
		return nil, err
	}
	if text(in.Type) != "" {
		return nil, fault.New(fault.InvalidRequest, "Alberti does not manage external secrets: leave Type out.")
	}
	return givenValue(in.SecretString, in.SecretBinary)
}
