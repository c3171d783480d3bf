package door

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// Passage is a call on its way through a door.
type Passage struct {
	Call
	Ctx context.Context
	In  any
	Op  *Operation // from the door on

	door      *Config
	resources []audit.Resource
	allowed   bool
	committed bool // its event was, together with the change
}

// passing is a service's own call.
type passing interface{ passage() *Passage }

func (p *Passage) passage() *Passage { return p }

// errUnauthorized keeps an operation that forgot to ask from answering.
var errUnauthorized = errors.New("an operation ended well without being authorised: a mistake in this program")

// Allow notes that the policies let the call do what it asks for, and what that is
// about, see About. Every operation comes by here, or it does not answer.
func (p *Passage) Allow(r audit.Resource) {
	p.allowed = true
	p.About(r)
}

// Allowed tells whether the policies have let the call do what it asks for.
func (p *Passage) Allowed() bool { return p.allowed }

// About notes what the trail is to name as the resource of a call; one without a
// type is none.
func (p *Passage) About(r audit.Resource) {
	if r.Type != "" {
		p.resources = []audit.Resource{r}
	}
}

// ConditionKey gives the values of a condition key, in lower case, that services
// have in common: what is about the request, and the account of the resource. It
// is nil where there are none; those of the caller package iam has.
func (p *Passage) ConditionKey(key, account string) []string {
	if key == "aws:resourceaccount" {
		return iam.Given(account)
	}
	return p.Call.conditionKey(key, p.door.Store.Now)
}

// Update runs an operation's change in a transaction, and its audit event with it.
func Update[O any](c passing, change func(*store.Tx) (*O, error)) (*O, error) {
	p := c.passage()
	var out *O
	err := p.door.Store.Update(p.Ctx, func(tx *store.Tx) (err error) {
		if out, err = change(tx); err != nil {
			return err
		}
		if !p.allowed {
			return errUnauthorized
		}
		return tx.Audit(audit.Call(p.event(out, nil), p.door.Store.Now()))
	})
	if err != nil {
		return nil, err
	}
	p.committed = true
	return out, nil
}

// View runs an operation's reads in a transaction.
func View[O any](c passing, look func(*store.Tx) (O, error)) (out O, err error) {
	p := c.passage()
	err = p.door.Store.View(p.Ctx, func(tx *store.Tx) (err error) {
		out, err = look(tx)
		return err
	})
	return out, err
}

// record writes the event of a call to the trail and gives the error to answer
// with: err, or why that could not be audited, which tells the client nothing.
func (p *Passage) record(out any, err error) error {
	auditErr := p.door.Trail.Call(p.event(out, err), p.door.Store.Now())
	if auditErr != nil && err != nil {
		return fmt.Errorf("%w; unaudited: %v", auditErr, err) // err's kind must not show
	}
	return cmp.Or(auditErr, err)
}

// event is the call and its outcome for the trail, sensitive members left out.
func (p *Passage) event(out any, err error) audit.Event {
	e := p.Call.event()
	e.Source, e.EventName, e.ReadOnly, e.Resources = p.door.Source, p.Op.Name, p.Op.ReadOnly, p.resources
	if err != nil {
		e.ErrorCode, e.ErrorMessage = p.door.Code(err), p.door.Message(err)
	}
	if p.In != nil {
		e.RequestParameters = p.redacted(p.door.Model.RedactInput(p.Op.Name, p.In))
	}
	if err == nil && (!p.Op.ReadOnly || p.Op.TellsAnswer) && answered(out) != nil {
		e.ResponseElements = p.redacted(p.door.Model.RedactOutput(p.Op.Name, out))
	}
	return e
}

// redacted is what the trail keeps of an input or output. One that does not fit
// the model is a mistake in this program, not a reason to lose the event.
func (p *Passage) redacted(view []byte, err error) []byte {
	if err != nil {
		p.door.Log.Error("audit view", "error", err)
	}
	return view
}
