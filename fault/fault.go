// Package fault is the one error type of the house. An error has a Kind, which
// decides how it appears on the wire (each wire has its table: awsjson, awsquery), a message
// for the client, and the cause underneath.
//
// What is lost on the way out: Msg goes to the client as it stands, so it never
// holds a secret value; Err goes to the log only. An error without a Kind is
// Internal, and the client learns nothing but its request id.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong in terms of the API, not of the transport.
type Kind int

// The kinds; the spec's sections 1.3 to 1.7 name the wire code of each.
const (
	Internal Kind = iota
	AccessDenied
	Decryption
	Encryption
	ExpiredToken
	IncompleteSignature
	InvalidNextToken
	InvalidParameter
	InvalidRequest
	InvalidSignature
	LimitExceeded
	MalformedPolicy
	MissingAuthentication
	NotFound
	Precondition
	PublicPolicy
	AlreadyExists
	Serialization
	Throttled
	TooLarge
	UnknownOperation
	UnrecognizedClient
	Validation
	DeleteConflict
	PackedPolicyTooLarge

	// Those that Lambda alone has (lambda.md, 1.2).
	CodeStorage
	Conflict
	InvalidContent
	InvalidRuntime
	InvalidZip
	NotReady
	PolicyTooLong

	// Kinds counts them; the error table is tested against it.
	Kinds
)

// Error carries a Kind, the text for the client and, for the log, its cause.
type Error struct {
	Kind Kind
	Msg  string
	Err  error
}

// Error gives the client's text followed by the cause.
func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Msg
	case e.Msg == "":
		return e.Err.Error()
	}
	return e.Msg + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// New makes an error whose formatted text is meant for the client.
func New(kind Kind, format string, args ...any) error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Wrap gives a cause a kind and a text for the client.
func Wrap(kind Kind, err error, format string, args ...any) error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...), Err: err}
}

// KindOf finds the kind of an error, Internal when it carries none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Message is the text of an error that a client may see, empty when it carries none.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Msg
	}
	return ""
}
