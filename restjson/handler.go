package restjson

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// Config is what a handler answers with; every field but Unserved is needed.
type Config[P any] struct {
	Name    string // of the service, as in awsjson.Request
	Service Service[P]
	Model   *awsjson.Model
	Routes  []Route
	Errors  Errors
	// Authenticate says who made a request; its errors go to the client as they are.
	Authenticate func(r *http.Request, body []byte) (P, error)
	Logger       *slog.Logger
	// Unserved says why there is nothing where a request goes to; nil for no
	// reason that is known. It may be left out.
	Unserved func(*http.Request) error
}

// Handler answers the requests for one service.
type Handler[P any] struct {
	Config[P]
	routes routes
}

// New makes a handler. It fails when two routes are one, or when a wire struct
// cannot hold what the model places outside the JSON.
func New[P any](c Config[P]) (*Handler[P], error) {
	h := &Handler[P]{Config: c, routes: routes{}}
	for _, given := range c.Routes {
		r, err := prepare(given, c.Model)
		if err == nil {
			err = h.routes.add(r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return h, nil
}

func prepare(given Route, m *awsjson.Model) (*route, error) {
	in, out := m.Locations(given.Operation)
	r := &route{Route: given}
	var inErr, outErr error
	r.input, inErr = bind(reflect.TypeOf(given.NewInput()).Elem(), in)
	r.output, outErr = bind(reflect.TypeOf(given.NewOutput()).Elem(), out)
	return r, errors.Join(inErr, outErr)
}

// ServeHTTP answers one request.
func (h *Handler[P]) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := uuid.NewString()
	w.Header().Set("X-Amzn-Requestid", id)
	found, held := h.routes.find(r)
	if found == nil {
		h.fail(w, r, id, h.nothingAt(r))
		return
	}
	output, err := h.serve(w, r, id, found, held)
	if err == nil {
		err = h.succeed(w, found, output)
	}
	if err != nil {
		h.fail(w, r, id, err)
	}
}

func (h *Handler[P]) nothingAt(r *http.Request) error {
	if h.Unserved != nil {
		if err := h.Unserved(r); err != nil {
			return err
		}
	}
	return fault.New(fault.UnknownOperation, "%s serves no operation at %s %s here.", h.Name, r.Method, r.URL.Path)
}

// serve takes a request from its body to its output. A panic on the way is an
// internal error.
func (h *Handler[P]) serve(w http.ResponseWriter, r *http.Request, id string, to *route, held map[string]string) (output any, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			output, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	input := to.NewInput()
	principal, err := h.read(w, r, to, held, input)
	var malformed *undecodable
	request := awsjson.NewRequest(r, id, principal)
	request.Service, request.Operation = h.Name, to.Operation
	switch {
	case errors.As(err, &malformed):
		return nil, h.Service.Failed(r.Context(), request, malformed.err)
	case err != nil:
		return nil, err
	}
	if err := to.waitLonger(w); err != nil {
		return nil, err
	}
	return h.Service.Call(r.Context(), request, input)
}

// waitLonger moves the connection's deadlines, which go by the system's clock as
// the server's own do. It is for requests that have arrived from somebody known.
func (r *route) waitLonger(w http.ResponseWriter) error {
	if r.Patience == 0 {
		return nil
	}
	control, until := http.NewResponseController(w), time.Now().Add(r.Patience)
	return errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until))
}

// undecodable is what is wrong with a request whose signature is good.
type undecodable struct{ err error }

func (u *undecodable) Error() string { return u.err.Error() }

// read reads, authenticates and decodes a request into its input. The body does
// not outlive it: it may be large, and what is decoded of it is a copy.
func (h *Handler[P]) read(w http.ResponseWriter, r *http.Request, to *route, held map[string]string, input any) (P, error) {
	var nobody P
	body, err := to.Body.read(w, r)
	if err != nil {
		return nobody, err
	}
	principal, err := h.Authenticate(r, body)
	if err != nil {
		return nobody, err
	}
	if err := to.decode(body, input, held, r); err != nil {
		return principal, &undecodable{err}
	}
	return principal, nil
}

func (r *route) decode(body []byte, input any, held map[string]string, from *http.Request) error {
	var err error
	if r.input.payload >= 0 {
		err = r.input.setPayload(input, body)
	} else {
		err = awsjson.Decode(body, input)
	}
	if err != nil {
		return err
	}
	return r.input.read(input, held, from)
}

// succeed answers with an output. When it gives an error nothing was written.
func (h *Handler[P]) succeed(w http.ResponseWriter, to *route, output any) error {
	if output == nil {
		w.WriteHeader(to.Status)
		return nil
	}
	status, body := to.output.write(output, w.Header())
	if !to.output.wholly() {
		var b bytes.Buffer
		if err := awsjson.Encode(&b, output); err != nil {
			return err
		}
		body = b.Bytes()
	}
	write(w, cmp.Or(status, to.Status), body)
	return nil
}

func (h *Handler[P]) fail(w http.ResponseWriter, r *http.Request, id string, err error) {
	awsjson.LogFailure(h.Logger.With("request", r.Method+" "+r.URL.Path), r, id, err)
	h.Errors.headers(w.Header(), err)
	write(w, h.Errors.row(err).Status, h.Errors.append(nil, err))
}

// write sends a body, and says what it is unless there is none.
func write(w http.ResponseWriter, status int, body []byte) {
	if len(body) > 0 {
		w.Header().Set("Content-Type", "application/json")
	}
	if status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(status)
	w.Write(body) // fails only when the client is gone
}
