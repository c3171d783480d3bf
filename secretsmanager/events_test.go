package secretsmanager_test

import (
	"bytes"
	"encoding/json"
	"testing"
)

// event is what these tests read of a line of the trail, and where it came from.
type event struct {
	EventType, EventName, EventTime, EventSource, EventID, AWSRegion string
	SourceIPAddress, RequestID, RecipientAccountID                   string
	ErrorCode, ErrorMessage                                          string
	ReadOnly                                                         bool
	UserIdentity                                                     struct{ ARN, AccessKeyID string }
	Resources                                                        []struct{ ARN string }
	RequestParameters, ResponseElements                              json.RawMessage
	AdditionalEventData                                              struct{ SecretID string }

	Outbox bool   `json:"-"` // committed with a change
	Raw    []byte `json:"-"`
}

// events takes what was audited since the last time: first the lines of the
// trail, then the outbox.
func (b *bench) events(t *testing.T) (out []event) {
	t.Helper()
	lines := b.Trailed(t)
	fresh := bytes.Split(lines[b.seen:], []byte("\n"))
	b.seen = len(lines)
	box := b.Shipped(t)
	for i, line := range append(fresh, box...) {
		if len(line) == 0 {
			continue
		}
		e := event{Outbox: i >= len(fresh), Raw: line}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

func named(events []event, name string) (out []event) {
	for _, e := range events {
		if e.EventName == name {
			out = append(out, e)
		}
	}
	return out
}
