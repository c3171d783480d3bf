// Package audit keeps the trail: who asked for what, and what rotations did, as
// CloudTrail-shaped JSON lines (secrets-manager.md, 7). Values are left out
// before an event is made; nothing here ever sees one.
package audit

import "time"

// Source is the eventSource of Secrets Manager, and of what has no other.
const Source = "secretsmanager.amazonaws.com"

// Event is what there is to say of a call or a deed of the service. The rest of
// a line is the same for all, or made when it is written.
type Event struct {
	Source             string // the service, as in lambda.amazonaws.com; "" for Source
	UserIdentity       Identity
	EventName          string
	AWSRegion          string
	SourceIPAddress    string
	UserAgent          string
	ErrorCode          string
	ErrorMessage       string
	RequestParameters  []byte // JSON, nil for none
	ResponseElements   []byte // JSON, nil for none
	SecretID           string // of service events: the ARN
	RequestID          string
	ReadOnly           bool
	Resources          []Resource
	EventType          string
	RecipientAccountID string
}

// Identity is who asked.
type Identity struct {
	Type, PrincipalID, ARN, AccountID, AccessKeyID string
	InvokedBy                                      string // the service, for what it did by itself
}

// Resource is what was asked for.
type Resource struct{ ARN, AccountID, Type string }

const apiCall = "AwsApiCall"

// Call is the line of an API call, which the caller has filled in with who, what
// and the outcome.
func Call(e Event, now time.Time) []byte {
	e.EventType = apiCall
	return e.appendLine(make([]byte, 0, usualLine), now)
}

// The service events of rotations, deletions and replication (7.2).
const (
	RotationStarted       = "RotationStarted"
	RotationSucceeded     = "RotationSucceeded"
	RotationFailed        = "RotationFailed"
	RotationAbandoned     = "RotationAbandoned"
	TestRotationStarted   = "TestRotationStarted"
	TestRotationSucceeded = "TestRotationSucceeded"
	TestRotationFailed    = "TestRotationFailed"
	StartVersionDelete    = "StartSecretVersionDelete"
	CancelVersionDelete   = "CancelSecretVersionDelete"
	EndVersionDelete      = "EndSecretVersionDelete"
	VersionDeletion       = "SecretVersionDeletion"
	ReplicationStarted    = "ReplicationStarted"
	ReplicationSucceeded  = "ReplicationSucceeded"
	ReplicationFailed     = "ReplicationFailed"
)

// About is the secret and version that a service event tells of.
type About struct{ Account, Region, ARN, Version string }

// Service is the line of something that the service did by itself. reason is why
// it failed, "" when it did not.
func Service(name string, about About, reason string, now time.Time) []byte {
	e := Event{
		UserIdentity:       Identity{AccountID: about.Account, InvokedBy: Source},
		EventName:          name,
		AWSRegion:          about.Region,
		SourceIPAddress:    Source,
		UserAgent:          Source,
		ErrorMessage:       reason,
		SecretID:           about.ARN,
		RequestID:          "Rotation-" + about.ARN + "-" + about.Version,
		EventType:          "AwsServiceEvent",
		RecipientAccountID: about.Account,
	}
	return e.appendLine(make([]byte, 0, usualLine), now)
}
