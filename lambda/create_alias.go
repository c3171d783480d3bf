package lambda

import (
	"cmp"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// CreateAliasInput asks for a name for a version (lambda.md, 2.6).
type CreateAliasInput struct {
	FunctionName    *string                    `json:"FunctionName"`
	Name            *string                    `json:"Name"`
	FunctionVersion *string                    `json:"FunctionVersion"`
	Description     *string                    `json:"Description"`
	RoutingConfig   *AliasRoutingConfiguration `json:"RoutingConfig"`
}

// missing names the version that was asked for.
func (in *CreateAliasInput) missing(ref function.Ref) error {
	return ref.Or(*in.FunctionVersion).NotFound()
}

func (s *Service) createAlias(c *call, in *CreateAliasInput) (*AliasConfiguration, error) {
	return door.Update(c, func(tx *store.Tx) (*AliasConfiguration, error) {
		o, err := s.openAliased(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		number, err := versionNumber(tx, o.Function, *in.FunctionVersion)
		if err != nil {
			return nil, err
		}
		a := function.Alias{Name: *in.Name, Version: number, Description: text(in.Description), Routing: in.RoutingConfig.weights()}
		if known, err := tx.Alias(o.Function, a.Name); err != nil || known != nil {
			return nil, cmp.Or(err, errAliasThere(o.ref.Or(a.Name)))
		}
		if err := checkRouting(tx, o.Function, a); err != nil {
			return nil, err
		}
		a.Touch()
		return shownAlias(o.Function, a), tx.PutAlias(o.Function, a)
	})
}
