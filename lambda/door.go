package lambda

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// eventSource is Lambda in the trail.
const eventSource = "lambda.amazonaws.com"

// call is a request on its way through the service.
type call struct {
	door.Call
	service    *Service
	ctx        context.Context
	op         operation
	in         any
	base       string // where the client reached us: scheme and host
	trace      string // X-Amzn-Trace-Id, "" for none
	resources  []audit.Resource
	inside     bool // not over HTTP
	authorized bool
	audited    bool     // its event was committed together with the change
	private    []string // of the outcome of a function
}

var (
	errUnknownOperation = fault.New(fault.UnknownOperation, "no such operation")
)

// Call implements restjson.Service: the door for requests over HTTP.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	c := s.newCall(ctx, r)
	c.in, c.base, c.trace = in, baseOf(r.HTTP), r.HTTP.Header.Get("X-Amzn-Trace-Id")
	return s.do(c)
}

// InvokeInside is Invoke for callers inside the server. It gives, too, what only
// the function may tell.
func (s *Service) InvokeInside(ctx context.Context, from door.Call, in *InvokeInput) (out *InvokeOutput, private []string, err error) {
	c := &call{Call: from, service: s, ctx: ctx, op: s.operations["Invoke"], in: in, inside: true}
	done, err := s.do(c)
	if err != nil {
		return nil, nil, err
	}
	return done.(*InvokeOutput), c.private, nil
}

// Failed implements restjson.Service: it audits a request that could not be
// decoded.
func (s *Service) Failed(ctx context.Context, r awsjson.Request[iam.Caller], err error) error {
	return s.record(s.newCall(ctx, r), nil, err)
}

func (s *Service) newCall(ctx context.Context, r awsjson.Request[iam.Caller]) *call {
	return &call{
		Call:    door.FromWire(r),
		service: s, ctx: ctx, op: s.operations[r.Operation],
	}
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

// do is the one door: constraints, then the operation, which authorises, then
// audit. A call that cannot be audited fails, and a change that cannot be
// audited is not made.
func (s *Service) do(c *call) (any, error) {
	out, err := s.run(c)
	if c.audited {
		s.Committed()
		return answered(out), err
	}
	if err := s.record(c, out, err); err != nil {
		return nil, err
	}
	return answered(out), nil
}

// answered has no body for nothing.
func answered(out any) any {
	if _, empty := out.(*nothing); empty {
		return nil
	}
	return out
}

func (s *Service) run(c *call) (any, error) {
	if c.op.run == nil {
		return nil, errUnknownOperation
	}
	if err := s.Trail.Ready(); err != nil && !c.op.readOnly {
		return nil, err
	}
	if err := s.model.Check(c.op.name, c.in); err != nil {
		return nil, err
	}
	out, err := c.op.run(s, c, c.in)
	if err == nil && !c.authorized {
		return nil, door.ErrUnauthorized
	}
	return out, err
}

// record writes the event of a call to the trail, see [door.Record].
func (s *Service) record(c *call, out any, err error) error {
	return door.Record(s.Trail, s.event(c, out, err), s.Store.Now(), err)
}

// update runs an operation's change in a transaction, and its audit event with it.
func update[O any](s *Service, c *call, change func(*store.Tx) (*O, error)) (*O, error) {
	var out *O
	err := s.Store.Update(c.ctx, func(tx *store.Tx) (err error) {
		if out, err = change(tx); err != nil {
			return err
		}
		if !c.authorized {
			return door.ErrUnauthorized
		}
		return tx.Audit(audit.Call(s.event(c, out, nil), s.Store.Now()))
	})
	if err != nil {
		return nil, err
	}
	c.audited = true
	return out, nil
}

// view runs an operation's reads in a transaction.
func view[O any](s *Service, c *call, look func(*store.Tx) (*O, error)) (*O, error) {
	var out *O
	err := s.Store.View(c.ctx, func(tx *store.Tx) (err error) {
		out, err = look(tx)
		return err
	})
	return out, err
}

// event is the call and its outcome for the trail: code, payloads and variables
// left out.
func (s *Service) event(c *call, out any, err error) audit.Event {
	e := c.Event(eventSource, c.op.name, c.op.readOnly)
	e.Resources = c.resources
	if err != nil {
		e.ErrorCode, e.ErrorMessage = errorTable.Code(err), auditText(err)
	}
	if c.in != nil {
		e.RequestParameters = s.redacted(s.model.RedactInput(c.op.name, c.in))
	}
	if err == nil && !c.op.readOnly && answered(out) != nil {
		e.ResponseElements = s.redacted(s.model.RedactOutput(c.op.name, out))
	}
	return e
}

// auditText is the text of an error, without the variables that it may quote.
func auditText(err error) string {
	var quoting *function.TooMuchEnvironment
	if errors.As(err, &quoting) {
		return quoting.Error()
	}
	return errorTable.Message(err)
}

// redacted is what the trail keeps of an input or output. One that does not fit
// the model is a mistake in this program, not a reason to lose the event.
func (s *Service) redacted(view jsontext.Value, err error) jsontext.Value {
	if err != nil {
		s.Log.Error("audit view", "error", err)
	}
	return view
}
