package mongodb

import (
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// reasons are the codes with which a server turns a login down. Code 18 is said
// of a wrong password, of an unknown user and of one that may not come from here.
var reasons = map[int]rotator.Reason{
	18:    rotator.Refused,  // AuthenticationFailed
	10107: rotator.ReadOnly, // NotWritablePrimary
	13435: rotator.ReadOnly, // NotPrimaryNoSecondaryOk
	10058: rotator.ReadOnly, // LegacyNotPrimary
	91:    rotator.NotReady, // ShutdownInProgress
	189:   rotator.NotReady, // PrimarySteppedDown
	11600: rotator.NotReady, // InterruptedAtShutdown
	11602: rotator.NotReady, // InterruptedDueToReplStateChange
	13436: rotator.NotReady, // NotPrimaryOrSecondary
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error {
	return &rotator.LoginError{Reason: reasonFor(err), Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	if code, ok := answer(err); ok {
		if reason, ok := reasons[code]; ok {
			return reason
		}
		return rotator.Broken
	}
	reason := network.Reason(err)
	var handshake *handshakeError
	if errors.As(err, &handshake) && reason != rotator.Unresolved && reason != rotator.TimedOut {
		return rotator.TLSFailed
	}
	return reason
}

// answer is the code of a server's error, if it is one.
func answer(err error) (code int, ok bool) {
	var command mongo.CommandError
	if errors.As(err, &command) {
		return int(command.Code), true
	}
	var inside driver.Error // of a login, which the driver hands on as it is
	if errors.As(err, &inside) {
		return int(inside.Code), true
	}
	return 0, false
}

// prohibited is the code for a password with characters that SASLprep forbids.
const prohibited = 50692

// acceptable marks the error of a password that the server will never take.
func acceptable(err error) error {
	if code, ok := answer(err); ok && code == prohibited {
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
	}
	return err
}

// unsupported tells whether a server has no such feature: NotImplemented (238) is
// FerretDB's word for it, 303 DocumentDB's; 40415 is said of an unknown field.
func unsupported(err error) bool {
	code, ok := answer(err)
	return ok && (code == 238 || code == 303 || code == 40415)
}
