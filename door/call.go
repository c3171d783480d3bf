package door

import (
	"strconv"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
)

// Call is a request as it comes to a door: who, from where.
type Call struct {
	Caller    iam.Caller
	RequestID string
	SourceIP  string
	UserAgent string
	TLS       bool
}

// FromWire is a request over HTTP.
func FromWire(r awsjson.Request[iam.Caller]) Call {
	return Call{Caller: r.Principal, RequestID: r.ID, SourceIP: r.SourceIP, UserAgent: r.UserAgent, TLS: r.TLS}
}

// event is who and from where in an audit event.
func (c Call) event() audit.Event {
	return audit.Event{
		UserIdentity: audit.Identity{
			Type: string(c.Caller.Type), PrincipalID: c.Caller.PrincipalID, ARN: c.Caller.ARN,
			AccountID: c.Caller.Account, AccessKeyID: c.Caller.AccessKeyID,
		},
		AWSRegion: c.Caller.Region, SourceIPAddress: c.SourceIP, UserAgent: c.UserAgent,
		RequestID: c.RequestID, RecipientAccountID: c.Caller.Account,
	}
}

// conditionKey gives the values of a global condition key, in lower case, that is
// about the request (iam-kms.md, 1.6); nil where there is none.
func (c Call) conditionKey(key string, now func() time.Time) []string {
	switch key {
	case "aws:currenttime":
		return []string{now().Format(time.RFC3339)}
	case "aws:epochtime":
		return []string{strconv.FormatInt(now().Unix(), 10)}
	case "aws:sourceip":
		return iam.Given(c.SourceIP)
	case "aws:useragent":
		return iam.Given(c.UserAgent)
	case "aws:securetransport":
		return []string{strconv.FormatBool(c.TLS)}
	case "aws:requestedregion":
		return iam.Given(c.Caller.Region)
	case "aws:viaawsservice":
		return []string{"false"}
	}
	return nil
}
