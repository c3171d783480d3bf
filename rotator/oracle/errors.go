package oracle

import (
	"errors"
	"fmt"

	"github.com/sijms/go-ora/v2/network"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	reason "github.com/alberti-dev/alberti/rotator/internal/network"
)

// What the listener says when it has no service, or no instance, of a name.
const (
	unknownService = 12514
	unknownSID     = 12505
)

// reasons are the ORA codes with which a listener or a server turns a login down.
var reasons = map[int]rotator.Reason{
	1017:  rotator.Refused,
	28000: rotator.Locked,
	28001: rotator.Expired,
	28002: rotator.Expired, // about to

	18:    rotator.LimitHit, // sessions
	20:    rotator.LimitHit, // processes
	2391:  rotator.LimitHit, // sessions of the user
	12516: rotator.LimitHit, // handlers of the listener
	12519: rotator.LimitHit,
	12520: rotator.LimitHit,

	unknownService: rotator.NoDatabase,
	unknownSID:     rotator.NoDatabase,

	12541: rotator.Unreachable, // no listener
	12543: rotator.Unreachable,
	12545: rotator.Unresolved,
	12170: rotator.TimedOut,
	12535: rotator.TimedOut,

	1033:  rotator.NotReady, // starting up or shutting down
	1034:  rotator.NotReady, // not started
	1035:  rotator.NotReady, // restricted session
	1089:  rotator.NotReady,
	1090:  rotator.NotReady,
	1109:  rotator.NotReady, // not open
	12526: rotator.NotReady,
	12527: rotator.NotReady,
	12528: rotator.NotReady,

	16000: rotator.ReadOnly,
	604:   rotator.Broken, // a logon trigger, or else
}

// unacceptable are the codes with which a password is refused for what it is.
var unacceptable = map[int]bool{
	28003: true, // by the verify function
	28007: true, // used before
	972:   true, // too long
	1741:  true, // empty
	988:   true, // not a password's spelling
	40365: true, // 23ai: longer than the profile or the server takes
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error {
	return &rotator.LoginError{Reason: reasonFor(err), Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	if code := codeOf(err); code != 0 {
		if known, ok := reasons[code]; ok {
			return known
		}
		return rotator.Broken
	}
	return reason.Reason(err)
}

// codeOf is the number of an ORA error; 0 when it is none.
func codeOf(err error) int {
	var server *network.OracleError
	if errors.As(err, &server) {
		return server.ErrCode
	}
	return 0
}

// refused marks what the target will never take.
func refused(err error) error {
	if unacceptable[codeOf(err)] {
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
	}
	return err
}
