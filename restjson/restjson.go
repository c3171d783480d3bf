// Package restjson is the wire of services whose operations are methods and
// paths with JSON between them (AWS's protocol rest-json), whatever the service.
//
// [Handler] is the one door: a request passes, in this order, its route, the
// limit of its body, the signature, the decoder and then the service. What its
// documents hold, and what is sensitive of it, is package awsjson's.
package restjson

import (
	"context"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
)

// Service is what a handler calls.
type Service[P any] interface {
	// Call runs an operation on an input that was decoded. The output is a
	// pointer to a wire struct, or nil for an answer without a body.
	Call(ctx context.Context, r awsjson.Request[P], input any) (output any, err error)
	// Failed hears that an authenticated request could not be decoded. It gives
	// the error to answer with: err, or why err could not be audited.
	Failed(ctx context.Context, r awsjson.Request[P], err error) error
}

// Route is an operation and where it is.
type Route struct {
	Operation string
	Method    string
	// Pattern is a path whose segments may be {Member}; with ?name=value at its
	// end it goes before the same path without.
	Pattern string
	Status  int // of success
	// NewInput and NewOutput make pointers to wire structs.
	NewInput, NewOutput func() any

	Body Body
	// Patience is how long the answer may take, where that is longer than the
	// server's own limits allow; 0 leaves those alone.
	Patience time.Duration
}

// Body bounds what an operation reads.
type Body struct {
	Max      int64         // bytes; 0 for 1 MiB
	Arrival  time.Duration // it may take as long to arrive; 0 for what the server's own limits allow
	TooLarge error         // what a longer one is refused with
}
