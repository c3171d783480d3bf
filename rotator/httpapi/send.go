package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
	"github.com/alberti-dev/alberti/rotator/internal/web"
)

// maxAnswer is the most of an answer that is read.
const maxAnswer = 1 << 20

// send sends a request and gives the body of an answer of an expected status.
// Nothing of the answer is in an error, for it may repeat a credential.
func (a *api) send(ctx context.Context, r *rotator.Run, q *request, d data) ([]byte, error) {
	f, err := q.fill(d)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	to := *a.server
	target := strings.TrimSuffix(to.EscapedPath(), "/") + f.path
	if to.Path, err = url.PathUnescape(target); err != nil {
		return nil, err
	}
	to.RawPath, to.RawQuery = target, f.query
	req, err := http.NewRequestWithContext(ctx, f.method, to.String(), strings.NewReader(f.body))
	if err != nil {
		return nil, fmt.Errorf("the %s request cannot be made", q.name)
	}
	req.Header = f.header
	req.Header.Set("User-Agent", "alberti")
	answer, err := a.client(r).Do(req)
	if err != nil {
		err = web.WithoutURL(err)
		return nil, a.failed(q, d, network.Reason(err), err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case !slices.Contains(q.expect, answer.StatusCode):
		return nil, a.failed(q, d, a.reasonOf(answer.StatusCode), fmt.Errorf("status %d", answer.StatusCode))
	case err != nil:
		return nil, a.failed(q, d, network.Reason(err), err)
	case len(body) > maxAnswer:
		return nil, a.failed(q, d, rotator.Broken, fmt.Errorf("the answer has more than %d bytes", maxAnswer))
	}
	return body, nil
}

func (a *api) client(r *rotator.Run) *http.Client {
	config := a.tls.Clone()
	if !a.ownCA {
		config.RootCAs = r.Roots
	}
	return web.Client(&http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxAnswer})
}

// failed says which request failed, and for which account.
func (a *api) failed(q *request, d data, reason rotator.Reason, err error) error {
	f := filler{data: d}
	return fmt.Errorf("the %s request: %w", q.name, &rotator.LoginError{Reason: reason, Host: a.server.Host, User: f.text(a.account), Err: err})
}

// reasonOf is what a status says. Only the statuses of the description speak
// against the credential.
func (a *api) reasonOf(status int) rotator.Reason {
	switch {
	case slices.Contains(a.Refused, status):
		return rotator.Refused
	case status == http.StatusTooManyRequests:
		return rotator.LimitHit
	case status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout:
		return rotator.NotReady
	}
	return rotator.Broken
}

// refused tells whether the server was reached and did not take the credential.
func refused(err error) bool {
	var e *rotator.LoginError
	return errors.As(err, &e) && e.Reason == rotator.Refused
}

// extracted are the members that an answer holds.
func (a *api) extracted(r *rotator.Run, body []byte) ([]rotator.Member, error) {
	var members []rotator.Member
	for key, at := range a.create.extract {
		found, err := lookup(body, at)
		if err != nil {
			return nil, fmt.Errorf("the answer to the create request: %s: %w", at, err)
		}
		members = append(members, rotator.Member{Key: key, Value: found})
		saw(r, found)
	}
	slices.SortFunc(members, func(x, y rotator.Member) int { return strings.Compare(x.Key, y.Key) })
	return members, nil
}

var errNotThere = errors.New("there is no text or number")

// lookup finds a text or a number in JSON. Its errors say nothing of the JSON.
func lookup(body []byte, at jsontext.Pointer) (jsontext.Value, error) {
	v := jsontext.Value(body)
	for token := range at.Tokens() {
		var members map[string]jsontext.Value
		var list []jsontext.Value
		index := -1
		switch {
		case json.Unmarshal(v, &members) == nil && members[token] != nil:
			v = members[token]
		case json.Unmarshal(v, &list) == nil && scan(token, &index) && index < len(list):
			v = list[index]
		default:
			return nil, errNotThere
		}
	}
	if !v.IsValid() || v.Kind() != '"' && v.Kind() != '0' || string(v) == `""` {
		return nil, errNotThere
	}
	return v, nil
}

func scan(token string, index *int) bool {
	_, err := fmt.Sscanf(token, "%d", index)
	return err == nil && *index >= 0 && fmt.Sprint(*index) == token
}
