package rotator

import (
	"context"
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Managed is the function of secrets that name none: what their value says of
// its engine picks one. A value or a tag that names an administrator asks for
// alternating users, unless the tag alberti:strategy says single.
func Managed(families []Family, connect Connect, make func(Named) contract.Function) contract.Function {
	return managed{families, connect, make}
}

type managed struct {
	families []Family
	connect  Connect
	make     func(Named) contract.Function
}

// Guarded implements contract.Function.
func (managed) Guarded() bool { return true }

// Invoke implements contract.Function.
func (m managed) Invoke(ctx context.Context, e contract.Event) error {
	s := m.connect(e)
	d, err := s.DescribeSecret(ctx, e.SecretID)
	if err != nil {
		return err
	}
	v, err := s.GetSecretValue(ctx, e.SecretID, "", secret.Current)
	if err != nil {
		return err
	}
	members, err := Members(v)
	if err != nil {
		return err
	}
	strategy := Strategy(d.Tags[TagStrategy])
	if strategy == "" {
		strategy = Single
		if masterOf(members) != "" || d.Tags[TagMaster] != "" {
			strategy = Alternating
		}
	}
	function, err := FunctionFor(m.families, TextOf(members, "engine"), strategy)
	if err != nil {
		return err
	}
	return m.make(function).Invoke(ctx, e)
}

// FunctionFor is the function for the engine that a value names, by strategy.
func FunctionFor(families []Family, engine string, s Strategy) (Named, error) {
	if engine == "" {
		return Named{}, fmt.Errorf("engine key is missing from secret JSON")
	}
	known := false
	for _, family := range families {
		if !slices.Contains(family.Engines, engine) {
			continue
		}
		known = true
		for _, f := range family.Functions {
			if f.Strategy == s {
				return f, nil
			}
		}
	}
	if known {
		return Named{}, fmt.Errorf("there is no rotation function for engine %q with strategy %q", engine, s)
	}
	return Named{}, fmt.Errorf("there is no rotation function for engine %q", engine)
}
