package awsquery

import (
	"cmp"

	"github.com/alberti-dev/alberti/fault"
)

// row is how one kind of error looks on the wire.
type row struct {
	code   string
	status int
}

// table is the only place where a kind becomes a code and a status (iam-kms.md,
// 3.4 and 4). A kind without a row is none that these services fail with: it is
// answered as an internal error.
var table = [fault.Kinds]row{
	fault.Internal: {"ServiceFailure", 500},

	fault.AlreadyExists:        {"EntityAlreadyExists", 409},
	fault.DeleteConflict:       {"DeleteConflict", 409},
	fault.InvalidParameter:     {"InvalidParameterValue", 400},
	fault.InvalidRequest:       {"InvalidInput", 400},
	fault.LimitExceeded:        {"LimitExceeded", 409},
	fault.MalformedPolicy:      {"MalformedPolicyDocument", 400},
	fault.NotFound:             {"NoSuchEntity", 404},
	fault.PackedPolicyTooLarge: {"PackedPolicyTooLarge", 400},

	fault.AccessDenied:          {"AccessDenied", 403},
	fault.ExpiredToken:          {"ExpiredToken", 403},
	fault.IncompleteSignature:   {"IncompleteSignature", 400},
	fault.InvalidSignature:      {"SignatureDoesNotMatch", 403},
	fault.MissingAuthentication: {"MissingAuthenticationToken", 403},
	fault.Serialization:         {"MalformedInput", 400},
	fault.Throttled:             {"Throttling", 400},
	fault.TooLarge:              {"RequestEntityTooLarge", 413},
	fault.UnknownOperation:      {"InvalidAction", 400},
	fault.UnrecognizedClient:    {"InvalidClientTokenId", 403},
	fault.Validation:            {"ValidationError", 400},
}

// rowOf gives the row of an error's kind.
func rowOf(err error) row {
	return cmp.Or(table[fault.KindOf(err)], table[fault.Internal])
}

// Code is the error code that a client sees for err.
func Code(err error) string { return rowOf(err).code }

// Message is the text that a client sees for err. That of an internal error is
// always the same: its causes are ours alone.
func Message(err error) string {
	if rowOf(err) == table[fault.Internal] {
		return "An error occurred on the server side."
	}
	return fault.Message(err)
}
