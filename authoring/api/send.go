package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/sigv4"
)

// request is one call, whatever its wire.
type request struct {
	service      string // that it is signed for
	method, path string
	header       map[string]string
	body         []byte
	again        func(error) bool // whether an error is worth another attempt; nil for none
}

// answer is that of a call that succeeded.
type answer struct {
	header http.Header
	body   []byte
}

// pauses are those before further attempts: a server that is started again is back
// after them.
var pauses = []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond}

// do makes a call, more than once where that is right.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	for _, pause := range pauses {
		a, err := c.once(ctx, r)
		if err == nil || r.again == nil || !r.again(err) {
			return a, err
		}
		select {
		case <-ctx.Done():
			return a, err
		case <-time.After(pause):
		}
	}
	return c.once(ctx, r)
}

// lost is for requests that may arrive twice: it is worth another attempt when no
// answer came, or when the server could not give one just then.
func lost(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return true
	}
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return e.Code == "ThrottlingException"
}

// unsent is for requests that must not arrive twice.
func unsent(err error) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == "dial"
}

// once makes one attempt.
func (c *Client) once(ctx context.Context, r request) (answer, error) {
	q, err := http.NewRequestWithContext(ctx, r.method, strings.TrimSuffix(c.URL, "/")+r.path, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range r.header {
		q.Header.Set(name, value)
	}
	signer := sigv4.Signer{AccessKeyID: c.AccessKeyID, Key: c.Key, Region: c.Region, Service: r.service}
	signer.Sign(q, r.body, time.Now())
	client := http.Client{Transport: c.Transport, CheckRedirect: stay}
	resp, err := client.Do(q)
	if err != nil {
		return answer{}, fmt.Errorf("no answer from %s: %w", c.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, fmt.Errorf("no answer from %s: %w", c.URL, err)
	}
	if resp.StatusCode/100 != 2 {
		return answer{}, refusal(resp, body)
	}
	return answer{resp.Header, body}, nil
}

// stay keeps secrets from being sent on to wherever an answer says.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// shown is how much of an answer that is none of the API's is told.
const shown = 300

// refusal reads an error of any of the wires: Lambda's codes are in a header, those
// of the other services in JSON or in XML.
func refusal(resp *http.Response, body []byte) error {
	var told struct {
		Code    string `json:"__type" xml:"Error>Code"`
		Message string `json:"message" xml:"Error>Message"` // encoding/json reads Message into it too
	}
	if json.Unmarshal(body, &told) != nil {
		_ = xml.Unmarshal(body, &told) // what is neither has no code
	}
	code, _, _ := strings.Cut(cmp.Or(resp.Header.Get("X-Amzn-Errortype"), told.Code), ":")
	if code == "" {
		told.Message = string(body[:min(len(body), shown)])
	}
	return &Error{Status: resp.StatusCode, Code: code, Message: told.Message}
}
