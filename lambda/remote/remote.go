// Package remote invokes functions that run elsewhere: in a container that speaks
// the invoke path of AWS's Runtime Interface Emulator, and in AWS Lambda itself.
package remote

import (
	"fmt"
	"io"
	"net/http"

	"github.com/alberti-dev/alberti/fault"
)

// Result is what a function that ran elsewhere answered.
type Result struct {
	Payload       []byte
	FunctionError string // "" or "Unhandled"
	Log           []byte // its end, where it could be asked for
}

// maxAnswer is the most that a function may answer (lambda.md, 2.7).
const maxAnswer = 6<<20 + 100

// send does a request, and reads the answer. A function is asked once: a redirect
// is not followed, for it would run again.
func send(client *http.Client, r *http.Request) (*http.Response, []byte, error) {
	once := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if client != nil {
		once.Transport, once.Timeout = client.Transport, client.Timeout
	}
	resp, err := once.Do(r)
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, err, "the function could not be reached")
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = fmt.Errorf("it is larger than %d bytes", maxAnswer)
	}
	if err != nil {
		return nil, nil, fault.Wrap(fault.Internal, err, "the function's answer could not be read")
	}
	return resp, body, nil
}

// said is the beginning of an answer, for an error: more than anybody shows of one,
// so that nobody has to know half a password again.
func said(body []byte) string { return string(body[:min(len(body), 4<<10)]) }
