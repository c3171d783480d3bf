package awsjson

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/jsonwrite"
)

// row is how one kind of error looks on the wire.
type row struct {
	code   string
	status int
	member string // of the text: services' own errors spell it Message; "" for no text
}

// table is the only place where a kind becomes a code and a status (sections
// 1.3 to 1.7). Whatever the client did wrong is a 400: the SDKs go by the code.
var table = [fault.Kinds]row{
	fault.AlreadyExists:    {"ResourceExistsException", 400, "Message"},
	fault.Decryption:       {"DecryptionFailure", 400, "Message"},
	fault.Encryption:       {"EncryptionFailure", 400, "Message"},
	fault.Internal:         {"InternalServiceError", 500, "Message"},
	fault.InvalidNextToken: {"InvalidNextTokenException", 400, "Message"},
	fault.InvalidParameter: {"InvalidParameterException", 400, "Message"},
	fault.InvalidRequest:   {"InvalidRequestException", 400, "Message"},
	fault.LimitExceeded:    {"LimitExceededException", 400, "Message"},
	fault.MalformedPolicy:  {"MalformedPolicyDocumentException", 400, "Message"},
	fault.NotFound:         {"ResourceNotFoundException", 400, "Message"},
	fault.Precondition:     {"PreconditionNotMetException", 400, "Message"},
	fault.PublicPolicy:     {"PublicPolicyException", 400, "Message"},

	fault.AccessDenied:          {"AccessDeniedException", 400, "message"},
	fault.DeleteConflict:        {"DeleteConflictException", 400, "message"},
	fault.ExpiredToken:          {"ExpiredTokenException", 400, "message"},
	fault.IncompleteSignature:   {"IncompleteSignatureException", 400, "message"},
	fault.InvalidSignature:      {"InvalidSignatureException", 400, "message"},
	fault.MissingAuthentication: {"MissingAuthenticationTokenException", 400, "message"},
	fault.PackedPolicyTooLarge:  {"PackedPolicyTooLargeException", 400, "message"},
	fault.Serialization:         {"SerializationException", 400, "message"},
	fault.Throttled:             {"ThrottlingException", 400, "message"},
	fault.TooLarge:              {"RequestEntityTooLarge", 413, "message"},
	fault.UnknownOperation:      {"UnknownOperationException", 400, ""},
	fault.UnrecognizedClient:    {"UnrecognizedClientException", 400, "message"},
	fault.Validation:            {"ValidationException", 400, "message"},
}

// rowOf is the row of an error. A kind that is another service's alone is not
// for a client of these.
func rowOf(err error) row {
	if r := table[fault.KindOf(err)]; r.code != "" {
		return r
	}
	return table[fault.Internal]
}

// Code is the error code that a client sees for err.
func Code(err error) string { return rowOf(err).code }

// Message is the text that a client sees for err, "" for none. That of an
// internal error is always the same: its causes are ours alone.
func Message(err error) string {
	switch r := rowOf(err); {
	case r == table[fault.Internal]:
		return "An error occurred on the server side."
	case r.member == "":
		return ""
	}
	return fault.Message(err)
}

// appendError appends the body of an error (section 1.3). A text that is empty
// is left out.
func appendError(b []byte, err error) []byte {
	r := rowOf(err)
	b = append(b, `{"__type":"`+r.code+`"`...)
	if text := Message(err); text != "" {
		b = append(b, `,"`+r.member+`":`...)
		// The text may quote a request's bytes: invalid UTF-8 is replaced, and that is all.
		b = jsonwrite.Quote(b, text)
	}
	return append(b, '}')
}
