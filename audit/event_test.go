package audit_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/audit"
)

// elsewhere is a moment in a zone of its own: events are in UTC.
var elsewhere = time.Date(2026, 11, 21, 10, 30, 15, 987e6, time.FixedZone("", 3600))

var eventID = regexp.MustCompile(`"eventID":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)

// plain replaces the random id of an event.
func plain(t *testing.T, line []byte) string {
	t.Helper()
	if len(eventID.FindAll(line, -1)) != 1 || strings.Contains(string(line), "\n") {
		t.Errorf("%s", line)
	}
	return eventID.ReplaceAllString(string(line), `"eventID":"…"`)
}

// TestCallLine: the shape of secrets-manager.md, 7.1.
func TestCallLine(t *testing.T) {
	line := audit.Call(audit.Event{
		UserIdentity: audit.Identity{Type: "Root", PrincipalID: "123456789012", ARN: "arn:aws:iam::123456789012:root", AccountID: "123456789012", AccessKeyID: "AKIA1"},
		EventName:    "DeleteSecret", AWSRegion: "eu-west-1", SourceIPAddress: "10.0.0.7", UserAgent: "aws-cli",
		RequestParameters: []byte(`{"secretId":"db"}`), ResponseElements: []byte(`{"name":"db"}`), RequestID: "r-1",
		Resources: []audit.Resource{{ARN: "arn:db", AccountID: "123456789012", Type: "AWS::SecretsManager::Secret"}}, RecipientAccountID: "123456789012",
	}, elsewhere)
	const want = `{"eventVersion":"1.08","userIdentity":{"type":"Root","principalId":"123456789012","arn":"arn:aws:iam::123456789012:root","accountId":"123456789012","accessKeyId":"AKIA1"},` +
		`"eventTime":"2026-11-21T09:30:15Z","eventSource":"secretsmanager.amazonaws.com","eventName":"DeleteSecret","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.7","userAgent":"aws-cli",` +
		`"requestParameters":{"secretId":"db"},"responseElements":{"name":"db"},"requestID":"r-1","eventID":"…","readOnly":false,` +
		`"resources":[{"ARN":"arn:db","accountId":"123456789012","type":"AWS::SecretsManager::Secret"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`
	if got := plain(t, line); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestServiceLine: the shape of secrets-manager.md, 7.2.
func TestServiceLine(t *testing.T) {
	about := audit.About{Account: "123456789012", Region: "eu-west-1", ARN: "arn:db", Version: "v2"}
	const want = `{"eventVersion":"1.08","userIdentity":{"accountId":"123456789012","invokedBy":"secretsmanager.amazonaws.com"},` +
		`"eventTime":"2026-11-21T09:30:15Z","eventSource":"secretsmanager.amazonaws.com","eventName":"RotationFailed","awsRegion":"eu-west-1",` +
		`"sourceIPAddress":"secretsmanager.amazonaws.com","userAgent":"secretsmanager.amazonaws.com","errorMessage":"login refused","requestParameters":null,"responseElements":null,` +
		`"additionalEventData":{"SecretId":"arn:db"},"requestID":"Rotation-arn:db-v2","eventID":"…","readOnly":false,` +
		`"eventType":"AwsServiceEvent","managementEvent":true,"recipientAccountId":"123456789012","eventCategory":"Management"}`
	if got := plain(t, audit.Service(audit.RotationFailed, about, "login refused", elsewhere)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := plain(t, audit.Service(audit.RotationSucceeded, about, "", elsewhere)); strings.Contains(got, "errorMessage") {
		t.Error(got)
	}
}

// TestAnyText: whatever a client sends, the event is one line of JSON.
func TestAnyText(t *testing.T) {
	for name, e := range map[string]audit.Event{
		"invalid UTF-8": {EventName: "GetSecretValue", UserAgent: "\xff\xfe", RequestID: "r-1"},
		"control":       {EventName: "GetSecretValue", UserAgent: "a\nb\x00\u2028", RequestID: "r-1"},
		"quotes":        {EventName: "GetSecretValue", ErrorMessage: `"},{"`, RequestID: "r-1"},
	} {
		var out struct{ EventName, RequestID string }
		line := audit.Call(e, elsewhere)
		if err := json.Unmarshal(line, &out); err != nil || strings.ContainsAny(string(line), "\n\x00") {
			t.Errorf("%s: %s, %v", name, line, err)
		}
		if out.EventName != "GetSecretValue" || out.RequestID != "r-1" {
			t.Errorf("%s: %s", name, line)
		}
	}
}

func TestEventIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		seen[string(eventID.Find(audit.Call(audit.Event{}, elsewhere)))] = true
	}
	if len(seen) != 100 {
		t.Errorf("%d ids for 100 events", len(seen))
	}
}
