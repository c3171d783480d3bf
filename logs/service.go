package logs

import (
	_ "embed"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/keyring"
)

// Target is what comes before an operation's name in X-Amz-Target, and
// SigningName what its requests are signed for.
const (
	Target      = "Logs_20140328"
	SigningName = "logs"
)

//go:embed model.json
var model []byte // AWS's own, of the operations that are served and without its prose

// Config is what the service works with; every field is needed.
type Config struct {
	door.Base
	Ring *keyring.Ring
}

// Service is CloudWatch Logs: a table of operations with what they work on.
type Service struct {
	Config
	*door.Door[*Service, *call]
}

// New makes the service. It fails only when its model is unreadable.
func New(c Config) (*Service, error) {
	m, err := awsjson.ParseModel(model)
	if err != nil {
		return nil, err
	}
	m.Breach = fault.InvalidParameter
	s := &Service{Config: c}
	s.Door = door.New(door.Config{
		Base: c.Base, Model: m, Source: SigningName + ".amazonaws.com", Actions: SigningName + ":", Code: awsjson.Code, Message: awsjson.Message,
	}, s, operations)
	return s, nil
}
