package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
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

// CreateSecretOutput names the secret, the version if a value was given, and the
// copies if there are to be any.
type CreateSecretOutput struct {
	ARN               string              `json:"ARN"`
	Name              string              `json:"Name"`
	VersionID         string              `json:"VersionId,omitempty"`
	ReplicationStatus []ReplicationStatus `json:"ReplicationStatus,omitempty"`
}

func (s *Service) createSecret(c *call, in *CreateSecretInput) (*CreateSecretOutput, error) {
	value, err := s.checkCreate(c, in)
	if err != nil {
		return nil, err
	}
	arn := secret.ARN{Region: c.Caller.Region, Account: c.Caller.Account, Name: *in.Name, Suffix: secret.NewSuffix()}
	return door.Update(c, func(tx *store.Tx) (*CreateSecretOutput, error) {
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
		if err := tx.PutSecret(sec); err != nil {
			return nil, nameTaken(err, *in.Name)
		}
		out := &CreateSecretOutput{ARN: arn.String(), Name: *in.Name}
		if value != nil {
			out.VersionID = *in.ClientRequestToken
			if err := s.putValue(tx, c, sec, *in.ClientRequestToken, *value, nil); err != nil {
				return nil, err
			}
		}
		if len(in.AddReplicaRegions) > 0 {
			out.ReplicationStatus, err = replicate(tx, sec, in.AddReplicaRegions, in.ForceOverwriteReplicaSecret)
		}
		return out, err
	})
}

// mayCreate wants the permission to tag, too, for a secret with tags, and that
// to replicate for one with replicas.
func (s *Service) mayCreate(c *call, arn secret.ARN, in *CreateSecretInput) error {
	about := newTarget(arn)
	if err := c.authorize(about); err != nil {
		return err
	}
	var also []string
	if len(in.Tags) > 0 {
		also = append(also, "TagResource")
	}
	if len(in.AddReplicaRegions) > 0 {
		also = append(also, "ReplicateSecretToRegions")
	}
	for _, action := range also {
		if err := c.may(s.Actions+action, about); err != nil {
			return err
		}
	}
	return nil
}

// checkCreate is what can be refused before looking at the store.
func (s *Service) checkCreate(c *call, in *CreateSecretInput) (*secret.Value, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidRequest, noToken)
	}
	if err := secret.CheckName(*in.Name); err != nil {
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
	case known.IsReplica():
		return nil, nameTaken(fault.New(fault.AlreadyExists, ""), *in.Name)
	case value == nil && v == nil && known.CreateToken == *in.ClientRequestToken:
	case value == nil || v == nil || !v.HasValue:
		return nil, nameTaken(fault.New(fault.AlreadyExists, ""), *in.Name)
	default:
		out.VersionID = v.ID
		if err := s.repeated(tx, c, known, v.ID, *value); err != nil {
			return nil, err
		}
	}
	var err error
	out.ReplicationStatus, err = replicationOf(tx, known)
	return out, err
}

// nameTaken says of a name what the store said of a key.
func nameTaken(err error, name string) error {
	if fault.KindOf(err) != fault.AlreadyExists {
		return err
	}
	return fault.Wrap(fault.AlreadyExists, err, "The operation failed because the secret %s already exists.", name)
}
