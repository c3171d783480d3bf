package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// UpdateAliasInput changes an alias; what it does not have stays. A RoutingConfig
// without weights takes those away that there were.
type UpdateAliasInput struct {
	FunctionName    *string                    `json:"FunctionName"`
	Name            *string                    `json:"Name"`
	FunctionVersion *string                    `json:"FunctionVersion"`
	Description     *string                    `json:"Description"`
	RoutingConfig   *AliasRoutingConfiguration `json:"RoutingConfig"`
	RevisionID      *string                    `json:"RevisionId"`
}

func (s *Service) updateAlias(c *call, in *UpdateAliasInput) (*AliasConfiguration, error) {
	return door.Update(c, func(tx *store.Tx) (*AliasConfiguration, error) {
		o, err := s.openAliased(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		a, err := tx.Alias(o.Function, *in.Name)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, fault.New(fault.NotFound, "Alias not found: %s", o.ref.Or(*in.Name).QualifiedARN())
		}
		if err := function.CheckRevision(in.RevisionID, a.Revision, "GetFunction/GetAlias"); err != nil {
			return nil, err
		}
		if err := in.change(tx, o.Function, a); err != nil {
			return nil, err
		}
		a.Touch()
		return shownAlias(o.Function, *a), tx.PutAlias(o.Function, *a)
	})
}

// change gives an alias what the request says.
func (in *UpdateAliasInput) change(tx *store.Tx, f *function.Function, a *function.Alias) (err error) {
	if in.FunctionVersion != nil {
		if a.Version, err = versionNumber(tx, f, *in.FunctionVersion); err != nil {
			return err
		}
	}
	if in.RoutingConfig != nil {
		a.Routing = in.RoutingConfig.weights()
	}
	set(&a.Description, in.Description)
	return checkRouting(tx, f, *a)
}
