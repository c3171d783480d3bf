package lambda

import (
	"context"
	"errors"
	"net/http"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
)

// call is a request on its way through the service.
type call struct {
	door.Passage
	service *Service
	base    string   // where the client reached us: scheme and host
	trace   string   // X-Amzn-Trace-Id, "" for none
	inside  bool     // not over HTTP
	private []string // of the outcome of a function
}

// Call implements restjson.Service: the door for requests over HTTP.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	return s.Pass(&call{
		Passage: door.Passage{Call: door.FromWire(r), Ctx: ctx, In: in}, service: s,
		base: baseOf(r.HTTP), trace: r.HTTP.Header.Get("X-Amzn-Trace-Id"),
	}, r.Operation)
}

// InvokeInside is Invoke for callers inside the server. It gives, too, what only
// the function may tell.
func (s *Service) InvokeInside(ctx context.Context, from door.Call, in *InvokeInput) (out *InvokeOutput, private []string, err error) {
	c := &call{Passage: door.Passage{Call: from, Ctx: ctx, In: in}, service: s, inside: true}
	done, err := s.Pass(c, "Invoke")
	if err != nil {
		return nil, nil, err
	}
	return done.(*InvokeOutput), c.private, nil
}

// baseOf is the address that a client knows us by. What counts as safe, as the port
// for functions does, need not be TLS.
func baseOf(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil && r.TLS.HandshakeComplete {
		scheme = "https://"
	}
	return scheme + r.Host
}

// auditText is the text of an error, without the variables that it may quote.
func auditText(err error) string {
	var quoting *function.TooMuchEnvironment
	if errors.As(err, &quoting) {
		return quoting.Error()
	}
	return errorTable.Message(err)
}
