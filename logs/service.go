package logs

import (
	_ "embed"
	"log/slog"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// Target is what comes before an operation's name in X-Amz-Target, and
// SigningName what its requests are signed for.
const (
	Target      = "Logs_20140328"
	SigningName = "logs"
)

// eventSource is what the trail calls the service.
const eventSource = "logs.amazonaws.com"

//go:embed model.json
var model []byte // AWS's own, of the operations that are served and without its prose

// Config is what the service works with; every field is needed.
type Config struct {
	Store *store.Store
	Ring  *keyring.Ring
	Trail *audit.Trail
	// Committed is called after every change: there may be events to ship.
	Committed func()
	Log       *slog.Logger
}

// Service is CloudWatch Logs: a table of operations with what they work on.
type Service struct {
	Config
	model      *awsjson.Model
	operations map[string]operation
}

// New makes the service. It fails only when its model is unreadable.
func New(c Config) (*Service, error) {
	m, err := awsjson.ParseModel(model)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, model: m, operations: map[string]operation{}}
	for _, op := range operations {
		s.operations[op.name] = op
	}
	return s, nil
}
