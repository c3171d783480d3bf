package oracle

import (
	"crypto/tls"
	"database/sql/driver"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/oneconn"
)

// Canonical is looked at from outside.
var Canonical = canonical

// EngineOver is the engine over another driver than go-ora.
func EngineOver(open func(c rotator.Credential, sid bool) driver.Connector) Engine {
	return Engine{connect: func(c rotator.Credential, _ *tls.Config, sid bool, _ *oneconn.Dialer) (driver.Connector, error) {
		return open(c, sid), nil
	}}
}
