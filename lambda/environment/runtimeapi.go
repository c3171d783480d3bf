package environment

import (
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/netutil"
)

// maxAnswer is the most that a function may answer: 6 MiB and 100 bytes
// (lambda.md, 2.7).
const maxAnswer = 6<<20 + 100

// drainLimit is how much of an answer that is too large is read, so that its
// sender gets to read the refusal.
const drainLimit = 64 << 20

// phase is where the conversation with a process stands (lambda.md, 3.1).
type phase int

const (
	starting phase = iota // it has not asked for an event yet
	waiting               // it has asked for one, or may
	working               // it has one
	answered              // it has answered, and not asked for the next
	broken                // its initialisation failed
)

type stepKind int

const (
	stepReady  stepKind = iota // it asks for an event
	stepAnswer                 // it answered one
	stepFailed                 // it could not initialise
)

// step is one move of the process in the conversation. An answer with an
// errorType is a failure.
type step struct {
	kind      stepKind
	body      []byte
	errorType string
}

// event is what GET next answers.
type event struct {
	in       Invocation
	deadline time.Time
	taken    atomic.Bool // the process has been sent it
}

func newEvent(in Invocation, deadline time.Time) *event {
	return &event{in: in, deadline: deadline}
}

// runtimeAPI is the Runtime API of one process.
type runtimeAPI struct {
	// steps are read by who waits for the process. Between two events there are
	// never more than it holds, so that no request waits for a reader.
	steps  chan step
	events chan *event // to the request for the next one

	server *http.Server
	served sync.WaitGroup

	reading sync.Mutex // held while a body is read: a process may send many at once

	mu    sync.Mutex
	phase phase
	id    string // of the event that it works on
}

// maxAsking is how many connections of one process there may be at a time: each is
// a descriptor of the server's. Runtimes have one or two.
const maxAsking = 32

// serveRuntimeAPI answers those connections that are the process's own.
func serveRuntimeAPI(listener net.Listener, mine func(net.Conn) bool, log *slog.Logger) *runtimeAPI {
	r := &runtimeAPI{steps: make(chan step, 4), events: make(chan *event, 1)}
	mux := http.NewServeMux()
	const root = "/2018-06-01"
	mux.HandleFunc("GET "+root+"/ping", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "pong") })
	mux.HandleFunc("GET "+root+"/runtime/invocation/next", r.next)
	mux.HandleFunc("POST "+root+"/runtime/invocation/{id}/response", r.response)
	mux.HandleFunc("POST "+root+"/runtime/invocation/{id}/error", r.failure)
	mux.HandleFunc("POST "+root+"/runtime/init/error", r.initFailure)
	r.server = &http.Server{Handler: mux, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	r.served.Go(func() { r.server.Serve(netutil.LimitListener(guarded{listener, mine, log}, maxAsking)) })
	return r
}

// close ends the API at once.
func (r *runtimeAPI) close() {
	r.server.Close()
	r.served.Wait()
}

// deliver hands the process its next event.
func (r *runtimeAPI) deliver(e *event) { r.events <- e }

// next waits until there is an event. A process may give up asking, and ask again.
func (r *runtimeAPI) next(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	was := r.phase
	if was == working || was == broken {
		r.mu.Unlock()
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "Transition from the current state to next is not allowed")
		return
	}
	r.phase = waiting
	r.mu.Unlock()
	if was != waiting {
		r.steps <- step{kind: stepReady}
	}
	select {
	case <-req.Context().Done():
	case e := <-r.events:
		r.send(w, e)
	}
}

// send answers with an event.
func (r *runtimeAPI) send(w http.ResponseWriter, e *event) {
	r.mu.Lock()
	r.phase, r.id = working, e.in.RequestID
	r.mu.Unlock()
	e.taken.Store(true)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", e.in.RequestID)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", e.in.InvokedARN)
	h.Set("Lambda-Runtime-Trace-Id", e.in.Trace)
	if e.in.ClientContext != "" {
		h.Set("Lambda-Runtime-Client-Context", e.in.ClientContext)
	}
	w.Write(e.in.Payload)
}

func (r *runtimeAPI) response(w http.ResponseWriter, req *http.Request) {
	body, whole, err := r.read(req.Body)
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "InvalidRequest", "The answer could not be read")
	case !whole:
		const kind = "Function.ResponseSizeTooLarge"
		text := "Response payload size exceeded maximum allowed payload size (" + strconv.Itoa(maxAnswer) + " bytes)."
		if r.answer(w, req, step{kind: stepAnswer, body: failure(kind, text), errorType: kind}) {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Exceeded maximum allowed payload size ("+strconv.Itoa(maxAnswer)+" bytes).")
		}
	default:
		if r.answer(w, req, streamed(step{kind: stepAnswer, body: body}, req.Trailer)) {
			accept(w)
		}
	}
}

// streamed turns an answer into the failure that a streaming runtime told of
// after the part that it had sent.
func streamed(s step, trailer http.Header) step {
	if kind := trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != "" {
		s.errorType = kind
		if body, err := base64.StdEncoding.DecodeString(trailer.Get("Lambda-Runtime-Function-Error-Body")); err == nil {
			s.body = body
		}
	}
	return s
}

func (r *runtimeAPI) failure(w http.ResponseWriter, req *http.Request) {
	if s, ok := r.readFailure(w, req, stepAnswer); ok && r.answer(w, req, s) {
		accept(w)
	}
}

func (r *runtimeAPI) initFailure(w http.ResponseWriter, req *http.Request) {
	s, ok := r.readFailure(w, req, stepFailed)
	if !ok {
		return
	}
	r.mu.Lock()
	allowed := r.phase == starting
	if allowed {
		r.phase = broken
	}
	r.mu.Unlock()
	if !allowed {
		refuse(w, http.StatusForbidden, "InvalidStateTransition", "Transition from the current state to init error is not allowed")
		return
	}
	accept(w)
	r.steps <- s
}

// readFailure reads the description of an error, which goes to the caller as it is.
func (r *runtimeAPI) readFailure(w http.ResponseWriter, req *http.Request, kind stepKind) (step, bool) {
	body, whole, err := r.read(req.Body)
	if err != nil || !whole {
		refuse(w, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "The error could not be read, or is too large")
		return step{}, false
	}
	errorType := req.Header.Get("Lambda-Runtime-Function-Error-Type")
	if errorType == "" {
		errorType = "Runtime.Unknown"
	}
	return step{kind: kind, body: body, errorType: errorType}, true
}

// answer takes the answer to the current event, once.
func (r *runtimeAPI) answer(w http.ResponseWriter, req *http.Request, s step) bool {
	r.mu.Lock()
	mine := r.phase == working && req.PathValue("id") == r.id
	if mine {
		r.phase = answered
	}
	r.mu.Unlock()
	if !mine {
		refuse(w, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return false
	}
	r.steps <- s
	return true
}

// read is readAnswer, for one request at a time.
func (r *runtimeAPI) read(body io.Reader) ([]byte, bool, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	return readAnswer(body)
}

// readAnswer reads a body, and whether it was within the limit.
func readAnswer(body io.Reader) (b []byte, whole bool, err error) {
	b, err = io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err != nil || len(b) <= maxAnswer {
		return b, true, err
	}
	_, err = io.CopyN(io.Discard, body, drainLimit)
	if err == io.EOF {
		err = nil
	}
	return nil, false, err
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	io.WriteString(w, `{"status":"OK"}`+"\n")
}

func refuse(w http.ResponseWriter, status int, kind, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(failureOf("errorMessage", text, "errorType", kind))
}

// guarded accepts only the connections of one process: the address can be found by
// anybody on the host.
type guarded struct {
	net.Listener
	mine func(net.Conn) bool
	log  *slog.Logger
}

// Accept implements net.Listener.
func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil || g.mine(conn) {
			return conn, err
		}
		g.log.Warn("somebody else asked for the events of a function's environment", "from", conn.RemoteAddr().String())
		conn.Close()
	}
}
