package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// CreateSecretInput asks for a new secret, with or without a value
// (secrets-manager.md, 2.1).
type CreateSecretInput struct {
	Name                        *string               `json:"Name"`
	ClientRequestToken          *string               `json:"ClientRequestToken"`
	Description                 *string               `json:"Description"`
	KmsKeyID                    *string               `json:"KmsKeyId"`
	SecretBinary                awsjson.SensitiveBlob `json:"SecretBinary"`
	SecretString                awsjson.Sensitive     `json:"SecretString"`
	Tags                        []Tag                 `json:"Tags"`
	AddReplicaRegions           []ReplicaRegion       `json:"AddReplicaRegions"`
	ForceOverwriteReplicaSecret bool                  `json:"ForceOverwriteReplicaSecret"`
	Type                        *string               `json:"Type"`
}

// ReplicaRegion is a region to copy a secret to.
type ReplicaRegion struct {
	Region   *string `json:"Region"`
	KmsKeyID *string `json:"KmsKeyId"`
}

// CreateSecretOutput names the secret, and the version if a value was given.
type CreateSecretOutput struct {
	ARN       string `json:"ARN"`
	Name      string `json:"Name"`
	VersionID string `json:"VersionId,omitempty"`
}

func (s *Service) createSecret(c *call, in *CreateSecretInput) (*CreateSecretOutput, error) {
	value, err := s.checkCreate(c, in)
	if err != nil {
		return nil, err
	}
	arn := secret.ARN{Region: c.Caller.Region, Account: c.Caller.Account, Name: *in.Name, Suffix: secret.NewSuffix()}
	return update(s, c, func(tx *store.Tx) (*CreateSecretOutput, error) {
		if err := s.mayCreate(c, arn, in); err != nil {
			return nil, err
		}
		known, err := tx.Secret(secret.ID{Region: arn.Region, Account: arn.Account, Name: arn.Name})
		if err != nil {
			return nil, err
		}
		if known != nil {
			return s.createAgain(tx, c, known, in, value)
		}
		sec := secret.New(arn, tx.Now())
		sec.CreateToken, sec.Description = *in.ClientRequestToken, text(in.Description)
		if in.Tags != nil {
			if err := sec.Tag(readTags(in.Tags), tx.Now()); err != nil {
				return nil, err
			}
		}
		out := &CreateSecretOutput{ARN: arn.String(), Name: *in.Name}
		if err := tx.PutSecret(sec); err != nil || value == nil {
			return out, nameTaken(err, *in.Name)
		}
		out.VersionID = *in.ClientRequestToken
		return out, s.putValue(tx, c, sec, *in.ClientRequestToken, *value, nil)
	})
}

// mayCreate wants the permission to tag, too, for a secret with tags.
func (s *Service) mayCreate(c *call, arn secret.ARN, in *CreateSecretInput) error {
	if err := c.authorize(arn.String(), arn.Account, *in.Name); err != nil || len(in.Tags) == 0 {
		return err
	}
	return c.Caller.Authorize(s.prefix+"TagResource", arn.Account, arn.String(), *in.Name)
}

// checkCreate is what can be refused before looking at the store.
func (s *Service) checkCreate(c *call, in *CreateSecretInput) (*secret.Value, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidRequest, noToken)
	}
	if err := secret.CheckName(*in.Name); err != nil {
		return nil, err
	}
	if err := checkKey(c, text(in.KmsKeyID)); err != nil {
		return nil, err
	}
	if len(in.AddReplicaRegions) > 0 {
		return nil, fault.New(fault.InvalidRequest, "Alberti does not replicate secrets yet: leave AddReplicaRegions out.")
	}
	if text(in.Type) != "" {
		return nil, fault.New(fault.InvalidRequest, "Alberti does not manage external secrets: leave Type out.")
	}
	return givenValue(in.SecretString, in.SecretBinary)
}

// createAgain answers a name that is taken: well when this is the same request
// once more, else with why not.
func (s *Service) createAgain(tx *store.Tx, c *call, known *secret.Secret, in *CreateSecretInput, value *secret.Value) (*CreateSecretOutput, error) {
	if !known.DeleteAt.IsZero() {
		return nil, fault.New(fault.InvalidRequest,
			"You can't create this secret because a secret with this name is already scheduled for deletion.")
	}
	out := &CreateSecretOutput{ARN: known.ARN.String(), Name: *in.Name}
	v := known.Version(*in.ClientRequestToken)
	switch {
	case value == nil && v == nil && known.CreateToken == *in.ClientRequestToken:
		return out, nil
	case value == nil || v == nil || !v.HasValue:
		return nil, nameTaken(fault.New(fault.AlreadyExists, ""), *in.Name)
	}
	out.VersionID = v.ID
	return out, s.repeated(tx, c, known, *in.ClientRequestToken, *value)
}

// nameTaken says of a name what the store said of a key.
func nameTaken(err error, name string) error {
	if fault.KindOf(err) != fault.AlreadyExists {
		return err
	}
	return fault.Wrap(fault.AlreadyExists, err, "The operation failed because the secret %s already exists.", name)
}
