package logs

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
	in         any
	resources  []audit.Resource
	authorized bool
	audited    bool // its event was committed together with the change
}

// Input implements awsjson.Service.
func (s *Service) Input(operation string) any {
	op, ok := s.operations[operation]
	if !ok {
		return nil
	}
	return op.newInput()
}

// CheckLong implements awsjson.Service.
func (s *Service) CheckLong(operation string, body []byte) error {
	return s.model.CheckLong(operation, body)
}

// Call implements awsjson.Service: constraints, then the operation, which
// authorises, then audit. A call that cannot be audited fails, and a change that
// cannot be audited is not made.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	c := &call{Call: door.FromWire(r), service: s, ctx: ctx, op: s.operations[r.Operation], in: in}
	out, err := s.serve(c)
	if c.audited {
		s.Committed()
		return out, err
	}
	if err := s.record(c, err); err != nil {
		return nil, err
	}
	return out, nil
}

func (s *Service) serve(c *call) (any, error) {
	if err := s.Trail.Ready(); err != nil && !c.op.readOnly {
		return nil, err
	}
	if err := s.model.Check(c.op.name, c.in); err != nil {
		return nil, asParameter(err)
	}
	out, err := c.op.run(s, c, c.in)
	if err == nil && !c.authorized {
		return nil, door.ErrUnauthorized
	}
	return out, err
}

// Failed implements awsjson.Service: it audits a request that did not come as far
// as an operation.
func (s *Service) Failed(_ context.Context, r awsjson.Request[iam.Caller], err error) error {
	return s.record(&call{Call: door.FromWire(r), op: s.operations[r.Operation]}, asParameter(err))
}

// asParameter gives what breaks a constraint the code that this service has for
// it; the text is that of all services.
func asParameter(err error) error {
	if fault.KindOf(err) == fault.Validation {
		return fault.New(fault.InvalidParameter, "%s", fault.Message(err))
	}
	return err
}

// record writes the event of a call to the trail, see [door.Record].
func (s *Service) record(c *call, err error) error {
	return door.Record(s.Trail, s.event(c, err), s.Store.Now(), err)
}

// update runs a change in a transaction, and its audit event with it.
func (s *Service) update(c *call, change func(*store.Tx) error) (*nothing, error) {
	err := s.Store.Update(c.ctx, func(tx *store.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		if !c.authorized {
			return door.ErrUnauthorized
		}
		return tx.Audit(audit.Call(s.event(c, nil), s.Store.Now()))
	})
	if err != nil {
		return nil, err
	}
	c.audited = true
	return &nothing{}, nil
}

// event is the call and its outcome for the trail. What was read is no part of it.
func (s *Service) event(c *call, err error) audit.Event {
	e := c.Event(eventSource, c.op.name, c.op.readOnly)
	e.Resources = c.resources
	if err != nil {
		e.ErrorCode, e.ErrorMessage = awsjson.Code(err), awsjson.Message(err)
	}
	if c.in != nil {
		e.RequestParameters = s.shown(s.model.RedactInput(c.op.name, c.in))
	}
	return e
}

// shown is what the trail keeps of an input. One that does not fit the model is a
// mistake in this program, not a reason to lose the event.
func (s *Service) shown(view jsontext.Value, err error) jsontext.Value {
	if err != nil {
		s.Log.Error("audit view", "error", err)
	}
	return view
}
