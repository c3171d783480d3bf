// Package secretsmanager is the service: the operations of AWS Secrets Manager,
// a file each. operations.go is the table of them, open.go the only way to a
// secret, door.go what every call goes through.
package secretsmanager

import (
	"crypto/cipher"
	_ "embed"
	"log/slog"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/policy"
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
	Store *store.Store
	Ring  *keyring.Ring
	Trail *audit.Trail
	Pages cipher.AEAD // seals NextTokens
	// Invokable tells whether a rotation function exists and may be invoked for
	// a secret of this account and region.
	Invokable func(functionARN, account, region string) bool
	// MinInterval is the least time between two rotations that rules may ask for.
	MinInterval time.Duration
	// Committed is called after every change: there may be rotations to run and
	// events to ship.
	Committed func()
	// Forget is called with the ARN of every secret that is gone for good: what is
	// kept of it outside the store may go too.
	Forget func(secretARN string)
	Log    *slog.Logger
}

// Service is a table of operations with what they work on.
type Service struct {
	Config
	prefix     string // of actions in policies
	model      *awsjson.Model
	operations map[string]operation
	policies   policy.Cache
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

func newService(c Config, prefix string, model []byte, table []operation) (*Service, error) {
	m, err := awsjson.ParseModel(model)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, prefix: prefix, model: m, operations: map[string]operation{}}
	for _, op := range table {
		s.operations[op.name] = op
	}
	return s, nil
}
