package sqlserver

import (
	"errors"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// reasons are the numbers with which SQL Server turns a login down. Why it says
// 18456, wrong password or no such login, it tells its own log only.
var reasons = map[int32]rotator.Reason{
	18456: rotator.Refused,

	18486: rotator.Locked, // after too many wrong passwords
	18470: rotator.Locked, // disabled
	18487: rotator.Expired,
	18488: rotator.Expired, // must be changed

	4060: rotator.NoDatabase,
	4063: rotator.NoDatabase, // the default database
	4064: rotator.NoDatabase,
	911:  rotator.NoDatabase,

	17809: rotator.LimitHit, // user connections
	10928: rotator.LimitHit, // Azure
	10929: rotator.LimitHit,

	18461: rotator.NotReady, // single-user mode
	18451: rotator.NotReady, // administrators only
	18401: rotator.NotReady, // script upgrade mode
	17142: rotator.NotReady, // paused
	17147: rotator.NotReady, // shut down
	6005:  rotator.NotReady,
	921:   rotator.NotReady, // the database has not been recovered
	922:   rotator.NotReady,
	927:   rotator.NotReady, // it is being restored
	942:   rotator.NotReady, // it is offline
	976:   rotator.NotReady, // a secondary replica that takes no connections
	983:   rotator.NotReady, // a replica that is changing its role
	40197: rotator.NotReady, // Azure
	40501: rotator.NotReady,
	40613: rotator.NotReady,

	978:  rotator.ReadOnly, // a secondary replica for reading
	3906: rotator.ReadOnly,
	3908: rotator.ReadOnly,
}

// unacceptable are the numbers with which a password policy refuses a password.
// Not among them are 15114 and 18463, too soon after the last change: any other
// password would be too soon as well, and this one will do later.
var unacceptable = map[int32]bool{
	15115: true, 15116: true, 15117: true, 15118: true, 15119: true,
	18464: true, 18465: true, 18466: true, 18467: true, 18468: true,
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error {
	return &rotator.LoginError{Reason: reasonFor(err), Host: c.Address(), User: c.Username, Err: err}
}

// reasonFor takes the most telling of the server's errors: that a database cannot
// be opened is followed by 18456, though the password was right.
func reasonFor(err error) rotator.Reason {
	reason := rotator.Broken
	numbers := numbersOf(err)
	for _, n := range numbers {
		known, ok := reasons[n]
		if ok && (reason == rotator.Broken || reason == rotator.Refused) {
			reason = known
		}
	}
	if len(numbers) > 0 {
		return reason
	}
	if reason = network.Reason(err); reason != rotator.Broken {
		return reason
	}
	switch text := err.Error(); { // the driver has no types for these
	case strings.Contains(text, "server does not support encryption"):
		return rotator.NoTLS
	case strings.Contains(text, "TLS Handshake failed"):
		return rotator.TLSFailed
	}
	return rotator.Broken
}

// numbersOf are the numbers of the server's errors, the first one first.
func numbersOf(err error) (out []int32) {
	var server mssql.Error
	if !errors.As(err, &server) {
		return nil
	}
	for _, e := range server.All {
		out = append(out, e.Number)
	}
	if len(out) == 0 {
		out = []int32{server.Number}
	}
	return out
}

// refused marks what the target will never take.
func refused(err error) error {
	for _, n := range numbersOf(err) {
		if unacceptable[n] {
			return errors.Join(contract.ErrUnacceptable, err)
		}
	}
	return err
}
