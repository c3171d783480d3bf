// Package door is what every call of every service goes through. [Door.Pass] holds
// a call to the model's constraints, runs the operation, which asks whether the
// caller may, and has it audited. A service brings a table of operations, and a
// call of its own, which embeds a [Passage].
package door

import (
	"context"
	"log/slog"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// Base is what every service works with; every field is needed.
type Base struct {
	Store *store.Store
	Trail *audit.Trail
	// Committed is called after every change: there may be events to ship, and
	// whatever else waits for changes.
	Committed func()
	Log       *slog.Logger
}

// Config is a service as its door knows it; every field is needed.
type Config struct {
	Base
	Model   *awsjson.Model
	Source  string // of its events, as in "secretsmanager.amazonaws.com"
	Actions string // what policies put before the name of an operation, as in "secretsmanager:"
	// Code and Message are what a client of the service is told of an error.
	Code, Message func(error) string
}

// Door is the one door of a service S, whose calls are C.
type Door[S any, C passing] struct {
	Config
	service S
	rows    map[string]*Row[S, C]
}

// New makes the door of a service with its table of operations.
func New[S any, C passing](c Config, service S, table []Row[S, C]) *Door[S, C] {
	d := &Door[S, C]{Config: c, service: service, rows: make(map[string]*Row[S, C], len(table))}
	for _, row := range table {
		if row.Action == "" {
			row.Action = c.Actions + row.Name
		}
		d.rows[row.Name] = &row
	}
	return d
}

// Input gives a new input of an operation, nil when there is no such operation.
func (d *Door[S, C]) Input(operation string) any {
	row, ok := d.rows[operation]
	if !ok {
		return nil
	}
	return row.NewInput()
}

// CheckLong implements awsjson.Service.
func (d *Door[S, C]) CheckLong(operation string, body []byte) error {
	return d.Model.CheckLong(operation, body)
}

// Failed has a request audited that did not come as far as the door, such as one
// that cannot be parsed. It gives the error to answer with.
func (d *Door[S, C]) Failed(_ context.Context, r awsjson.Request[iam.Caller], err error) error {
	p := Passage{Call: FromWire(r), Op: &d.rows[r.Operation].Operation, door: &d.Config}
	return p.record(nil, err)
}

var errUnknownOperation = fault.New(fault.UnknownOperation, "")

// Pass takes a call through: constraints, then the operation, which authorises,
// then audit. A call that cannot be audited fails, and a change that cannot be
// audited is not made.
func (d *Door[S, C]) Pass(c C, operation string) (any, error) {
	row, ok := d.rows[operation]
	if !ok {
		return nil, errUnknownOperation
	}
	p := c.passage()
	p.Op, p.door = &row.Operation, &d.Config
	out, err := d.run(row, c, p)
	if p.committed {
		d.Committed()
		return answered(out), err
	}
	if err := p.record(out, err); err != nil {
		return nil, err
	}
	return answered(out), nil
}

func (d *Door[S, C]) run(row *Row[S, C], c C, p *Passage) (any, error) {
	if err := d.Trail.Ready(); err != nil && !row.ReadOnly {
		return nil, err
	}
	if err := d.Model.Check(row.Name, p.In); err != nil {
		return nil, err
	}
	out, err := row.run(d.service, c, p.In)
	if err == nil && !p.allowed {
		return nil, errUnauthorized
	}
	return out, err
}
