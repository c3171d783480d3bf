package rotatortest

import (
	"context"
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Guard is the contract.Guard of a secret under test.
type Guard struct {
	Claimed []contract.Target
	Values  []secret.Value // that were sent, the latest first

	// Foreseen is the target that createSecret foresaw, until it is claimed.
	Foreseen contract.Target

	// Refuse takes a target for another rotation's; nil where there is none.
	Refuse func(contract.Target) error
}

// Claim implements contract.Guard.
func (g *Guard) Claim(_ context.Context, t contract.Target) error {
	if foreseen := g.Foreseen; foreseen != (contract.Target{}) && foreseen != t {
		return fmt.Errorf("createSecret foresaw %+v, and what is claimed is %+v", foreseen, t)
	}
	g.Foreseen = contract.Target{}
	if g.Refuse != nil {
		if err := g.Refuse(t); err != nil {
			return err
		}
	}
	g.Claimed = append(g.Claimed, t)
	return nil
}

// Foresee implements contract.Guard.
func (g *Guard) Foresee(ctx context.Context, t contract.Target) context.Context {
	g.Foreseen = t
	return ctx
}

// Sending implements contract.Guard.
func (g *Guard) Sending(_ context.Context, v secret.Value) error {
	g.Values = slices.Insert(g.Values, 0, v)
	return nil
}

// Sent implements contract.Guard.
func (g *Guard) Sent(context.Context) ([]secret.Value, error) { return g.Values, nil }
