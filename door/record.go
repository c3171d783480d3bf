package door

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
)

// ErrUnauthorized keeps an operation that forgot to ask from answering.
var ErrUnauthorized = errors.New("an operation ended well without being authorised: a mistake in this program")

// FromWire is a request over HTTP.
func FromWire(r awsjson.Request[iam.Caller]) Call {
	return Call{Caller: r.Principal, RequestID: r.ID, SourceIP: r.SourceIP, UserAgent: r.UserAgent, TLS: r.TLS}
}

// Record writes the event of a call to the trail and gives the error to answer
// with: err, or why that could not be audited, which tells the client nothing.
func Record(t *audit.Trail, e audit.Event, now time.Time, err error) error {
	auditErr := t.Call(e, now)
	if auditErr != nil && err != nil {
		return fmt.Errorf("%w; unaudited: %v", auditErr, err) // err's kind must not show
	}
	return cmp.Or(auditErr, err)
}
