// Package audit keeps the trail: who asked for what, and what rotations did, as
// CloudTrail-shaped JSON lines (secrets-manager.md, 7). Values are left out
// before an event is made; nothing here ever sees one.
package audit

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// Source is the eventSource of everything here.
const Source = "secretsmanager.amazonaws.com"

// Event is one line of the trail.
type Event struct {
	EventVersion        string         `json:"eventVersion"`
	UserIdentity        Identity       `json:"userIdentity"`
	EventTime           string         `json:"eventTime"`
	EventSource         string         `json:"eventSource"`
	EventName           string         `json:"eventName"`
	AWSRegion           string         `json:"awsRegion"`
	SourceIPAddress     string         `json:"sourceIPAddress"`
	UserAgent           string         `json:"userAgent"`
	ErrorCode           string         `json:"errorCode,omitempty"`
	ErrorMessage        string         `json:"errorMessage,omitempty"`
	RequestParameters   jsontext.Value `json:"requestParameters"`
	ResponseElements    jsontext.Value `json:"responseElements"`
	AdditionalEventData *Additional    `json:"additionalEventData,omitempty"`
	RequestID           string         `json:"requestID"`
	EventID             string         `json:"eventID"`
	ReadOnly            bool           `json:"readOnly"`
	Resources           []Resource     `json:"resources,omitempty"`
	EventType           string         `json:"eventType"`
	ManagementEvent     bool           `json:"managementEvent"`
	RecipientAccountID  string         `json:"recipientAccountId"`
	EventCategory       string         `json:"eventCategory"`
}

// Identity is who asked.
type Identity struct {
	Type        string `json:"type,omitempty"`
	PrincipalID string `json:"principalId,omitempty"`
	ARN         string `json:"arn,omitempty"`
	AccountID   string `json:"accountId,omitempty"`
	AccessKeyID string `json:"accessKeyId,omitempty"`
	InvokedBy   string `json:"invokedBy,omitempty"`
}

// Resource is what was asked for.
type Resource struct {
	ARN       string `json:"ARN"`
	AccountID string `json:"accountId"`
	Type      string `json:"type"`
}

// Additional is what service events carry.
type Additional struct {
	SecretID string `json:"SecretId"`
}

var null = jsontext.Value("null")

// Call completes an event of an API call, which the caller has filled in with
// who, what and the outcome.
func Call(e Event, now time.Time) []byte {
	e.EventType = "AwsApiCall"
	return e.line(now)
}

// The service events of rotations and deletions (7.2).
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
)

// About is the secret and version that a service event tells of.
type About struct{ Account, Region, ARN, Version string }

// Service makes an event of something that the service did by itself. reason is
// why it failed, "" when it did not.
func Service(name string, about About, reason string, now time.Time) []byte {
	return Event{
		UserIdentity:        Identity{AccountID: about.Account, InvokedBy: Source},
		EventName:           name,
		AWSRegion:           about.Region,
		SourceIPAddress:     Source,
		UserAgent:           Source,
		ErrorMessage:        reason,
		AdditionalEventData: &Additional{SecretID: about.ARN},
		RequestID:           "Rotation-" + about.ARN + "-" + about.Version,
		EventType:           "AwsServiceEvent",
		RecipientAccountID:  about.Account,
	}.line(now)
}

func (e Event) line(now time.Time) []byte {
	e.EventVersion, e.EventSource, e.EventCategory, e.ManagementEvent = "1.08", Source, "Management", true
	e.EventTime = now.UTC().Format(time.RFC3339)
	e.EventID = uuid.NewString()
	if e.RequestParameters == nil {
		e.RequestParameters = null
	}
	if e.ResponseElements == nil {
		e.ResponseElements = null
	}
	line, err := json.Marshal(&e, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		// Strings and well-formed JSON always marshal; what does not is a mistake
		// in this house, and the trail must still tell that the call was made.
		line, _ = json.Marshal(map[string]string{"eventName": e.EventName, "requestID": e.RequestID, "errorMessage": err.Error()})
	}
	return line
}
