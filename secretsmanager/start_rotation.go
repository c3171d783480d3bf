package secretsmanager

import "github.com/alberti-dev/alberti/fault"

// StartRotationInput asks for a rotation as the secret is configured.
type StartRotationInput struct {
	SecretID           *string `json:"SecretId"`
	ClientRequestToken *string `json:"ClientRequestToken"`
	Force              *bool   `json:"Force"`
}

// startRotation is RotateSecret without new configuration. With Force it starts a
// rotation in a freeze too, and that rotation goes on there.
func (s *Service) startRotation(c *call, in *StartRotationInput) (*RotateSecretOutput, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidParameter, noToken)
	}
	force := in.Force != nil && *in.Force
	return s.rotate(c, &RotateSecretInput{SecretID: in.SecretID, ClientRequestToken: in.ClientRequestToken}, nil, force)
}
