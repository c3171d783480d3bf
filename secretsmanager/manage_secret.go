package secretsmanager

import (
	"regexp"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// ManageSecretInput hands a secret over to a service, which alone may change it
// from then on (secrets-manager.md, 2.18); without an OwningService it is
// everybody's again. On AWS only services do this.
type ManageSecretInput struct {
	SecretID      *string `json:"SecretId"`
	OwningService string  `json:"OwningService"`
}

// ManageSecretOutput says whose the secret is.
type ManageSecretOutput struct {
	ARN           string `json:"ARN"`
	Name          string `json:"Name"`
	OwningService string `json:"OwningService,omitempty"`
}

// ManagedFunction is the name of the function that rotates managed secrets.
const ManagedFunction = "AlbertiManagedRotation"

// serviceID is the form of ids such as rds and ecs-sc.
var serviceID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

func (s *Service) manageSecret(c *call, in *ManageSecretInput) (*ManageSecretOutput, error) {
	if in.OwningService != "" && !serviceID.MatchString(in.OwningService) {
		return nil, fault.New(fault.InvalidParameter, "OwningService must be the id of a service, such as rds.")
	}
	return door.Update(c, func(tx *store.Tx) (*ManageSecretOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		sec.OwningService = in.OwningService
		sec.Touch(tx.Now())
		return &ManageSecretOutput{ARN: sec.ARN.String(), Name: sec.Name(), OwningService: sec.OwningService}, tx.PutSecret(sec)
	})
}
