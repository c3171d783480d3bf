package functiontest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// RuntimeAPI is Lambda's Runtime API for one process (lambda.md, 3.1): what a
// program for provided.al2023 speaks to.
type RuntimeAPI struct {
	Address string // for AWS_LAMBDA_RUNTIME_API

	events  chan []byte
	answers chan error
}

const (
	runtimePath   = "/2018-06-01/runtime/"
	invocationID  = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
	invokedFor    = time.Minute // what the deadline says
	invocationURL = runtimePath + "invocation/" + invocationID
)

// ServeRuntimeAPI starts one for the length of a test.
func ServeRuntimeAPI(t testing.TB) *RuntimeAPI {
	a := &RuntimeAPI{events: make(chan []byte), answers: make(chan error)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimePath+"invocation/next", a.next)
	mux.HandleFunc("POST "+invocationURL+"/response", a.response)
	mux.HandleFunc("POST "+invocationURL+"/error", a.failure)
	mux.HandleFunc("POST "+runtimePath+"init/error", a.failure)
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections() // the process waits for an event
		server.Close()
	})
	a.Address = strings.TrimPrefix(server.URL, "http://")
	return a
}

// Invoke has the process handle an event. Its error is what the function reported.
func (a *RuntimeAPI) Invoke(ctx context.Context, event []byte) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case a.events <- event:
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-a.answers:
		return err
	}
}

func (a *RuntimeAPI) next(w http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case event := <-a.events:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", invocationID)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(invokedFor).UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", FunctionARN)
		h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1")
		h.Set("Content-Type", "application/json")
		w.Write(event)
	}
}

func (a *RuntimeAPI) response(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.WriteHeader(http.StatusAccepted)
	a.answers <- nil
}

func (a *RuntimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	var said struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	err := json.NewDecoder(r.Body).Decode(&said)
	if err == nil {
		err = fmt.Errorf("%s: %s", said.Type, said.Message)
	}
	w.WriteHeader(http.StatusAccepted)
	a.answers <- err
}
