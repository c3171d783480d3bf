package awsjson

import (
	"errors"
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/fault"
)

func TestEveryKindHasARow(t *testing.T) {
	seen := map[string]fault.Kind{}
	for kind := range fault.CodeStorage { // the rest are other services'
		r := table[kind]
		if r.code == "" || r.status < 400 || r.status > 599 {
			t.Errorf("kind %d has the row %+v", kind, r)
		}
		if other, ok := seen[r.code]; ok {
			t.Errorf("kinds %d and %d share the code %s", other, kind, r.code)
		}
		seen[r.code] = kind
	}
}

func TestEveryModelledErrorHasAKind(t *testing.T) {
	rows := map[string]row{}
	for _, r := range table {
		rows[r.code] = r
	}
	m, modelled := testModel(t), map[string]bool{}
	for _, operation := range m.Operations() {
		for _, code := range m.Errors(operation) {
			modelled[code] = true
			if r, ok := rows[code]; !ok || r.member != "Message" {
				t.Errorf("%s: %s has the row %+v", operation, code, r)
			}
		}
	}
	for code, r := range rows {
		if !modelled[code] && r.member == "Message" {
			t.Errorf("%s is not in the model but spells its text Message", code)
		}
	}
}

// The golden bodies: sections 1.3 and 1.6, and the rows of errors.tsv for any operation.
func TestErrorBodies(t *testing.T) {
	leak := errors.New("dial tcp 10.0.0.7: password hunter2 refused")
	tests := []struct {
		err  error
		body string
	}{
		{fault.New(fault.InvalidRequest, "You must provide a ClientRequestToken value. We recommend a UUID-type value."),
			`{"__type":"InvalidRequestException","Message":"You must provide a ClientRequestToken value. We recommend a UUID-type value."}`},
		{fault.New(fault.NotFound, "Secrets Manager can't find the specified secret."),
			`{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`},
		{fault.New(fault.AccessDenied, "Access to KMS is not allowed"),
			`{"__type":"AccessDeniedException","message":"Access to KMS is not allowed"}`},
		{fault.New(fault.Throttled, "Rate exceeded"), `{"__type":"ThrottlingException","message":"Rate exceeded"}`},
		{fault.New(fault.Serialization, ""), `{"__type":"SerializationException"}`},
		{fault.New(fault.UnknownOperation, "no such thing"), `{"__type":"UnknownOperationException"}`},
		{fault.New(fault.Validation, "Value 'a\"\n\xff<' at 'x'"), "{\"__type\":\"ValidationException\",\"message\":\"Value 'a\\\"\\n\ufffd<' at 'x'\"}"},
		{fault.New(fault.NotReady, "of another service"), `{"__type":"InternalServiceError","Message":"An error occurred on the server side."}`},
		{leak, `{"__type":"InternalServiceError","Message":"An error occurred on the server side."}`},
		{fault.Wrap(fault.Internal, leak, "also %v", leak), `{"__type":"InternalServiceError","Message":"An error occurred on the server side."}`},
		{fmt.Errorf("while reading: %w", fault.Wrap(fault.Decryption, leak, "Can't decrypt.")), `{"__type":"DecryptionFailure","Message":"Can't decrypt."}`},
	}
	for _, test := range tests {
		if got := string(appendError(nil, test.err)); got != test.body {
			t.Errorf("%v:\n got %s\nwant %s", test.err, got, test.body)
		}
	}
}
