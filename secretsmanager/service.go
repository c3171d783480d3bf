// Package secretsmanager is the service: the operations of AWS Secrets Manager,
// a file each. operations.go is the table of them, open.go the only way to a
// secret, package door what every call goes through.
package secretsmanager

import (
	"crypto/cipher"
	_ "embed"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// The models say which members each operation has and what they may hold.
var (
	//go:embed model.json
	awsModel []byte // AWS's own, without its prose
	//go:embed operator.json
	operatorModel []byte // of the operations that AWS lacks
)

// Config is what the service works with; every field is needed.
type Config struct {
	door.Base
	Ring      *keyring.Ring
	Pages     cipher.AEAD // seals NextTokens
	Functions Functions
	// MinInterval is the least time between two rotations that rules may ask for.
	MinInterval time.Duration
	// Forget is called with the ARN of every secret that is gone for good: what is
	// kept of it outside the store may go too.
	Forget func(secretARN string)
}

// Functions is what Secrets Manager wants to know of rotation functions, by ARN.
type Functions interface {
	// Invokable tells whether the function exists and lets Secrets Manager invoke
	// it for a secret (secrets-manager.md, 3.1).
	Invokable(tx *store.Tx, functionARN string, sec *secret.Secret) (bool, error)
	// Role is the ARN of the function's execution role, "" where it has none.
	Role(tx *store.Tx, functionARN string) (string, error)
}

// Service is a table of operations with what they work on.
type Service struct {
	Config
	*door.Door[*Service, *call]
	policies policy.Cache
}

// New makes AWS Secrets Manager. It fails only when its model is unreadable.
func New(c Config) (*Service, error) {
	return newService(c, "secretsmanager:", awsModel, operations)
}

// NewOperator makes the service of the operations that AWS lacks, for whoever
// runs the deployment: same door, same rules.
func NewOperator(c Config) (*Service, error) {
	return newService(c, "alberti:", operatorModel, operatorOperations)
}

func newService(c Config, actions string, model []byte, table []door.Row[*Service, *call]) (*Service, error) {
	m, err := awsjson.ParseModel(model)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c}
	s.Door = door.New(door.Config{
		Base: c.Base, Model: m, Source: audit.Source, Actions: actions, Code: awsjson.Code, Message: awsjson.Message,
	}, s, table)
	return s, nil
}
