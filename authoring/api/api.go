// Package api calls a server through the API that everybody has, for the commands.
// AWS's SDK would do, but its services take megabytes at the start of every process
// that they are linked into, and the commands are in one binary with the server.
package api

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/alberti-dev/alberti/sigv4"
)

// Client calls one server. Its fields are set once.
type Client struct {
	URL         string
	Region      string
	AccessKeyID string
	Key         sigv4.Key

	Transport http.RoundTripper // nil for the usual one
}

// The codes of refusals that callers tell apart.
const (
	NotFound     = "ResourceNotFoundException" // of all services but IAM
	Conflict     = "ResourceConflictException" // of Lambda
	NoSuchEntity = "NoSuchEntity"              // of IAM
	EntityExists = "EntityAlreadyExists"       // of IAM
)

// Error is what a server says instead of an answer.
type Error struct {
	Status  int    // of HTTP
	Code    string // "" where it is none of the API's, as from a proxy
	Message string
}

// Error gives the code and the message.
func (e *Error) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the server answered %d %q", e.Status, e.Message)
	}
	return e.Code + ": " + e.Message
}

// CodeOf is the code of a refusal, "" for any other error.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Refused tells whether the server did nothing because of the request or of who made
// it. After any other error nobody knows what it did.
func Refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code != "" && e.Status < http.StatusInternalServerError
}
