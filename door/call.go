// Package door has what the doors of all services share: what is known of a
// call, how the trail tells of it, and the condition keys that every request has.
package door

import (
	"strconv"
	"time"

	"github.com/alberti-dev/alberti/audit"
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

// Event is the part of an audit event that every call has. source is the
// service's, as in secretsmanager.amazonaws.com.
func (c Call) Event(source, operation string, readOnly bool) audit.Event {
	return audit.Event{
		Source: source,
		UserIdentity: audit.Identity{
			Type: string(c.Caller.Type), PrincipalID: c.Caller.PrincipalID, ARN: c.Caller.ARN,
			AccountID: c.Caller.Account, AccessKeyID: c.Caller.AccessKeyID,
		},
		EventName: operation, AWSRegion: c.Caller.Region,
		SourceIPAddress: c.SourceIP, UserAgent: c.UserAgent,
		RequestID: c.RequestID, ReadOnly: readOnly, RecipientAccountID: c.Caller.Account,
	}
}

// ConditionKey gives the values of a global condition key, in lower case, that is
// about the request (iam-kms.md, 1.6); nil where there is none.
func (c Call) ConditionKey(key string, now func() time.Time) []string {
	switch key {
	case "aws:currenttime":
		return []string{now().Format(time.RFC3339)}
	case "aws:epochtime":
		return []string{strconv.FormatInt(now().Unix(), 10)}
	case "aws:sourceip":
		return given(c.SourceIP)
	case "aws:useragent":
		return given(c.UserAgent)
	case "aws:securetransport":
		return []string{strconv.FormatBool(c.TLS)}
	case "aws:requestedregion":
		return given(c.Caller.Region)
	case "aws:viaawsservice":
		return []string{"false"}
	}
	return nil
}

func given(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}
