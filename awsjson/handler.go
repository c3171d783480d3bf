package awsjson

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/fault"
)

// Handler answers the requests to one endpoint. P is what Authenticate makes of
// a signature: who is calling. The fields are set once.
type Handler[P any] struct {
	// Targets are the services by their X-Amz-Target prefix, as in
	// "secretsmanager" for secretsmanager.GetSecretValue.
	Targets map[string]Target[P]
	// Authenticate says who made a request; its errors go to the client as they are.
	Authenticate func(r *http.Request, body []byte) (P, error)
	Logger       *slog.Logger
}

// Target is a service and the model that its inputs are checked against; with a
// nil model they are not.
type Target[P any] struct {
	Service Service[P]
	Model   *Model
}

// Service is a set of operations.
type Service[P any] interface {
	// Input gives a pointer to a new wire struct for an operation's input; nil
	// says that there is no such operation.
	Input(operation string) any
	// CheckLong refuses a body with a text that is too long, see Model.CheckLong.
	CheckLong(operation string, body []byte) error
	// Call runs an operation on an input that was decoded and checked. The
	// output is a pointer to a wire struct, or nil for an empty one.
	Call(ctx context.Context, r Request[P], input any) (output any, err error)
	// Failed hears that a request was refused before Call: its caller and its
	// operation are known, but the input was malformed or broke a constraint.
	// It gives the error to answer with: err, or why err could not be audited.
	//
	// Requests without a good signature or a known operation are not heard of:
	// nobody asked for anything, and strangers must not be able to fill an
	// audit trail. They are in the log.
	Failed(ctx context.Context, r Request[P], err error) error
}

// Request is what is known of a call beside its input.
type Request[P any] struct {
	ID        string // UUID v4, also in the answer's x-amzn-RequestId
	Service   string // the target's prefix
	Operation string
	Principal P
	SourceIP  string // of the connection; what proxies say is not believed
	UserAgent string
	TLS       bool
	HTTP      *http.Request // for anything else; its body has been read
}

// ServeHTTP answers one request.
func (h *Handler[P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := answer{w: w, id: uuid.NewString()}
	switch {
	case r.URL.Path != "/":
		a.refuse(http.StatusNotFound, fault.New(fault.UnknownOperation, "no such path"))
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		a.refuse(http.StatusMethodNotAllowed, fault.New(fault.UnknownOperation, "no such method"))
		return
	}
	output, err := h.serve(w, r, a.id)
	if err == nil {
		err = a.succeed(output)
	}
	if err != nil {
		LogFailure(h.Logger, r, a.id, err)
		a.fail(err)
	}
}

// serve takes a request from its body to its output. A panic on the way is an
// internal error.
func (h *Handler[P]) serve(w http.ResponseWriter, r *http.Request, id string) (output any, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			output, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	body, err := ReadBody(w, r)
	if err != nil {
		return nil, err
	}
	principal, err := h.Authenticate(r, body)
	if err != nil {
		return nil, err
	}
	req := NewRequest(r, id, principal)
	target := r.Header.Get("X-Amz-Target")
	dot := strings.LastIndexByte(target, '.')
	req.Service, req.Operation = target[:max(dot, 0)], target[dot+1:]
	return h.call(req, body)
}

// call decodes, checks and runs what an authenticated request asks for.
func (h *Handler[P]) call(r Request[P], body []byte) (any, error) {
	ctx := r.HTTP.Context()
	target, ok := h.Targets[r.Service]
	if !ok {
		return nil, fault.New(fault.UnknownOperation, "no such target")
	}
	input := target.Service.Input(r.Operation)
	if input == nil {
		return nil, fault.New(fault.UnknownOperation, "no such operation")
	}
	err := target.Service.CheckLong(r.Operation, body)
	if err == nil {
		err = Decode(body, input)
	}
	if err == nil && target.Model != nil {
		err = target.Model.Check(r.Operation, input)
	}
	if err != nil {
		return nil, target.Service.Failed(ctx, r, err)
	}
	return target.Service.Call(ctx, r, input)
}

// NewRequest is what every wire knows of a call: all but its service and its
// operation.
func NewRequest[P any](r *http.Request, id string, principal P) Request[P] {
	req := Request[P]{
		ID:        id,
		Principal: principal,
		SourceIP:  r.RemoteAddr,
		UserAgent: r.UserAgent(),
		TLS:       r.TLS != nil,
		HTTP:      r,
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		req.SourceIP = host
	}
	return req
}

// LogFailure tells what nobody else does: our own errors in full, and the
// requests that no service heard of. All other refusals are for the audit trail.
func LogFailure(to *slog.Logger, r *http.Request, id string, err error) {
	level, text := slog.LevelError, "request failed"
	switch fault.KindOf(err) {
	case fault.Internal:
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			level, text = slog.LevelDebug, "client went away"
		}
	case fault.MissingAuthentication, fault.IncompleteSignature, fault.InvalidSignature,
		fault.UnrecognizedClient, fault.ExpiredToken:
		level, text = slog.LevelWarn, "request not authenticated"
	case fault.UnknownOperation, fault.TooLarge:
		level, text = slog.LevelInfo, "request refused"
	default:
		return
	}
	to.LogAttrs(r.Context(), level, text,
		slog.String("request_id", id),
		slog.String("target", r.Header.Get("X-Amz-Target")),
		slog.String("remote", r.RemoteAddr),
		slog.Any("error", err))
}
