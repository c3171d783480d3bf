package remote

import (
	"bytes"
	"context"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/fault"
)

// Emulator is a function in a container that answers as AWS's Runtime Interface
// Emulator does.
//
// Its answers do not say whether the function failed: no header and no status
// does. All there is to go by is the body, so an object with errorMessage and
// errorType counts as a failure, and a function that returns such an object as its
// result is misread (lambda.md, 6). A function of our own environment package or
// of AWS is not.
type Emulator struct {
	URL    string       // of the container: http://host:port
	Client *http.Client // http.DefaultClient by default
}

const emulatorPath = "2015-03-31/functions/function/invocations"

// Invoke runs the function with an event. The error is fault.InvalidParameter for
// a URL that is none, fault.Internal where the container does not answer as such.
func (e *Emulator) Invoke(ctx context.Context, event []byte) (Result, error) {
	at, err := url.Parse(e.URL)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return Result{}, fault.New(fault.InvalidParameter, "%q is not the URL of a function's container", e.URL)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at.JoinPath(emulatorPath).String(), bytes.NewReader(event))
	if err != nil {
		return Result{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, body, err := send(e.Client, r)
	if err != nil {
		return Result{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return Result{}, fault.New(fault.Internal, "the function's container answered %s: %s", resp.Status, said(body))
	}
	return Result{Payload: body, FunctionError: guess(body)}, nil
}

// guess reads from a body whether it tells of a failure.
func guess(body []byte) string {
	var e struct {
		Message *any `json:"errorMessage"`
		Type    *any `json:"errorType"`
	}
	if json.Unmarshal(body, &e) == nil && e.Message != nil && e.Type != nil {
		return "Unhandled"
	}
	return ""
}
