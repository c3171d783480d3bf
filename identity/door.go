package identity

import (
	"context"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/door"
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

// Call implements awsquery.Service. It is the one door: constraints, then the
// operation, which authorises, then audit. A call that cannot be audited fails,
// and a change that cannot be audited is not made.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	c := s.newCall(ctx, r, in)
	out, err := s.run(c)
	if c.audited {
		s.Committed()
	} else if err = s.record(c, out, err); err != nil {
		return nil, err
	}
	if _, none := out.(*nothing); none {
		return nil, err
	}
	return out, err
}

// Failed implements awsquery.Service.
func (s *Service) Failed(ctx context.Context, r awsjson.Request[iam.Caller], err error) error {
	return s.record(s.newCall(ctx, r, nil), nil, err)
}

func (s *Service) newCall(ctx context.Context, r awsjson.Request[iam.Caller], in any) *call {
	return &call{service: s, ctx: ctx, op: s.operations[r.Operation], in: in, Call: door.FromWire(r)}
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

// view runs an operation that changes nothing.
func view[O any](s *Service, c *call, read func(*store.Tx) (*O, error)) (out *O, err error) {
	err = s.Store.View(c.ctx, func(tx *store.Tx) (err error) {
		out, err = read(tx)
		return err
	})
	return out, err
}

// event is the call and its outcome for the trail, sensitive members left out.
func (s *Service) event(c *call, out any, err error) audit.Event {
	e := c.Event(s.name+".amazonaws.com", c.op.name, c.op.readOnly)
	e.Resources = c.resources
	if err != nil {
		e.ErrorCode, e.ErrorMessage = awsquery.Code(err), awsquery.Message(err)
	}
	if c.in != nil {
		e.RequestParameters = s.redacted(s.model.RedactInput(c.op.name, c.in))
	}
	if _, empty := out.(*nothing); err == nil && !empty && (!c.op.readOnly || c.op.tellsAnswer) {
		e.ResponseElements = s.redacted(s.model.RedactOutput(c.op.name, out))
	}
	return e
}

// redacted is what the trail keeps of an input or output. One that does not fit
// the model is a mistake in this program, not a reason to lose the event.
func (s *Service) redacted(view []byte, err error) []byte {
	if err != nil {
		s.Log.Error("audit view", "error", err)
	}
	return view
}
