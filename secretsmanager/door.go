package secretsmanager

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// call is a request on its way through the service.
type call struct {
	door.Call
	service    *Service
	ctx        context.Context
	op         operation
	action     string // as policies name it
	in         any
	resources  []audit.Resource
	authorized bool
	audited    bool // its event was committed together with the change
}

var errUnknownOperation = fault.New(fault.UnknownOperation, "")

// Input gives a new input of an operation, nil when there is no such operation.
func (s *Service) Input(operation string) any {
	op, ok := s.operations[operation]
	if !ok {
		return nil
	}
	return op.newInput()
}

// Do is the one door: constraints, then the operation, which authorises, then
// audit. A call that cannot be audited fails, and a change that cannot be
// audited is not made.
func (s *Service) Do(ctx context.Context, from door.Call, operation string, in any) (any, error) {
	op, ok := s.operations[operation]
	if !ok {
		return nil, errUnknownOperation
	}
	c := s.newCall(ctx, from, op, in)
	out, err := s.run(c)
	if c.audited {
		s.Committed()
		return out, err
	}
	if err := s.record(c, out, err); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) newCall(ctx context.Context, from door.Call, op operation, in any) *call {
	return &call{Call: from, service: s, ctx: ctx, op: op, action: s.prefix + op.name, in: in}
}

// record writes the event of a call to the trail, see [door.Record].
func (s *Service) record(c *call, out any, err error) error {
	return door.Record(s.Trail, s.event(c, out, err), s.Store.Now(), err)
}

func (s *Service) run(c *call) (any, error) {
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

// CheckLong implements awsjson.Service.
func (s *Service) CheckLong(operation string, body []byte) error {
	return s.model.CheckLong(operation, body)
}

// Call implements awsjson.Service: the door for requests over HTTP.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	return s.Do(ctx, door.FromWire(r), r.Operation, in)
}

// Failed implements awsjson.Service: it audits a request that did not come as
// far as the door, such as one that cannot be parsed.
func (s *Service) Failed(_ context.Context, r awsjson.Request[iam.Caller], err error) error {
	return s.record(&call{Call: door.FromWire(r), op: s.operations[r.Operation]}, nil, err)
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

// event is the call and its outcome for the trail, values left out.
func (s *Service) event(c *call, out any, err error) audit.Event {
	e := c.Event(audit.Source, c.op.name, c.op.readOnly)
	e.Resources = c.resources
	if err != nil {
		e.ErrorCode, e.ErrorMessage = awsjson.Code(err), awsjson.Message(err)
	}
	if c.in != nil {
		e.RequestParameters = s.redacted(s.model.RedactInput(c.op.name, c.in))
	}
	if _, empty := out.(*nothing); err == nil && !c.op.readOnly && !empty {
		e.ResponseElements = s.redacted(s.model.RedactOutput(c.op.name, out))
	}
	return e
}

// redacted is what the trail keeps of an input or output. One that does not fit
// the model is a mistake in this program, not a reason to lose the event.
func (s *Service) redacted(view jsontext.Value, err error) jsontext.Value {
	if err != nil {
		s.Log.Error("audit view", "error", err)
	}
	return view
}
