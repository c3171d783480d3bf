package awsquery

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// Handler answers the requests to services of this wire on one endpoint. P is
// what Authenticate makes of a signature: who is calling. The fields are set once.
type Handler[P any] struct {
	// Services are the services by the version of their API, the parameter
	// Version: with one endpoint for all it is what tells them apart.
	Services map[string]Service[P]
	// Authenticate says who made a request to a service, which is named as in
	// signatures; its errors go to the client as they are.
	Authenticate func(r *http.Request, body []byte, service string) (P, error)
	Logger       *slog.Logger
}

// Service is a set of operations.
type Service[P any] interface {
	// SigningName is the service in signatures, as in "iam".
	SigningName() string
	// Namespace is that of the XML of its answers.
	Namespace() string
	// Input gives a pointer to a new wire struct for an operation's input; nil
	// says that there is no such operation.
	Input(operation string) any
	// Call checks the input and runs an operation. The output is a pointer to a
	// wire struct, or nil where the operation has none.
	Call(ctx context.Context, r awsjson.Request[P], input any) (output any, err error)
	// Failed hears that a request could not be decoded, and gives the error to
	// answer with, see awsjson.Service.
	Failed(ctx context.Context, r awsjson.Request[P], err error) error
}

// IsForm tells whether a request speaks this wire.
func IsForm(r *http.Request) bool {
	kind := r.Header["Content-Type"]
	return r.Header["X-Amz-Target"] == nil && len(kind) > 0 &&
		strings.HasPrefix(kind[0], "application/x-www-form-urlencoded")
}

// ServeHTTP answers one request: a POST to the root of the endpoint.
func (h *Handler[P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := answer{w: w, id: uuid.NewString()}
	operation, output, err := h.serve(r, &a)
	if err == nil {
		err = a.succeed(operation, output)
	}
	if err != nil {
		awsjson.LogFailure(h.Logger, r, a.id, err)
		a.fail(err)
	}
}

// serve takes a request from its body to its output. A panic on the way is an
// internal error.
func (h *Handler[P]) serve(r *http.Request, a *answer) (operation string, output any, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			output, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if r.Method != http.MethodPost {
		return "", nil, fault.New(fault.UnknownOperation, "Only POST is served.")
	}
	body, err := awsjson.ReadBody(a.w, r)
	if err != nil {
		return "", nil, err
	}
	f, err := parseForm(body)
	if err != nil {
		return "", nil, err
	}
	operation = f.parameter("Action")
	version := f.parameter("Version")
	service, ok := h.Services[version]
	if !ok {
		return operation, nil, unknown(operation, version)
	}
	a.namespace = service.Namespace()
	principal, err := h.Authenticate(r, body, service.SigningName())
	if err != nil {
		return operation, nil, err
	}
	output, err = h.call(service, awsjson.NewRequest(r, a.id, principal), operation, f)
	return operation, output, err
}

// call decodes and runs what an authenticated request asks for.
func (h *Handler[P]) call(service Service[P], r awsjson.Request[P], operation string, f *form) (any, error) {
	r.Service, r.Operation = service.SigningName(), operation
	input := service.Input(operation)
	if input == nil {
		return nil, unknown(operation, f.parameter("Version"))
	}
	if err := f.decode(input); err != nil {
		return nil, service.Failed(r.HTTP.Context(), r, err)
	}
	return service.Call(r.HTTP.Context(), r, input)
}

func unknown(operation, version string) error {
	return fault.New(fault.UnknownOperation, "Could not find operation %s for version %s", operation, version)
}
