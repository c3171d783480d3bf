// Package web is what the engines that speak HTTP have in common.
package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/go-json-experiment/json"
)

// Client is a client over a transport: no proxy that this machine's environment
// names has a say in where a password goes, nor has a redirection. It keeps no
// connection.
func Client(t *http.Transport) *http.Client {
	t.Proxy, t.DisableKeepAlives = nil, true
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// WithoutURL takes the URL off an error: it may hold a credential, and the host is
// named anyway. It also calls itself an error of the network, whatever it is.
func WithoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// API is an API that speaks JSON.
type API struct {
	Client    *http.Client
	Base      string // goes before every path
	Authorize func(*http.Request)
	// Refusal reads an answer of another status than one of success.
	Refusal func(status int, text []byte) error
}

// Do makes a call; body and into may be nil.
func (a API) Do(ctx context.Context, method, path string, body, into any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.Base+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	a.Authorize(request)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.Client.Do(request)
	if err != nil {
		return WithoutURL(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return a.Refusal(response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
