package lambda

import (
	"errors"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/restjson"
	"github.com/alberti-dev/alberti/store"
)

// AliasConfiguration is an alias as answers show it (lambda.md, 2.6).
type AliasConfiguration struct {
	AliasArn        string                     `json:"AliasArn"`
	Name            string                     `json:"Name"`
	FunctionVersion string                     `json:"FunctionVersion"`
	Description     string                     `json:"Description"`
	RoutingConfig   *AliasRoutingConfiguration `json:"RoutingConfig,omitzero"`
	RevisionID      string                     `json:"RevisionId"`
}

// AliasRoutingConfiguration sends a share of an alias's invocations, from 0 to 1,
// to another version.
type AliasRoutingConfiguration struct {
	AdditionalVersionWeights map[string]float64 `json:"AdditionalVersionWeights"`
}

// weights are those of a request; nil, which is none, when it says nothing.
func (r *AliasRoutingConfiguration) weights() map[string]float64 {
	if r == nil {
		return nil
	}
	return r.AdditionalVersionWeights
}

func shownAlias(f *function.Function, a function.Alias) *AliasConfiguration {
	out := &AliasConfiguration{
		AliasArn: f.Ref().Or(a.Name).QualifiedARN(), Name: a.Name, FunctionVersion: function.VersionName(a.Version),
		Description: a.Description, RevisionID: a.Revision,
	}
	if len(a.Routing) > 0 {
		out.RoutingConfig = &AliasRoutingConfiguration{a.Routing}
	}
	return out
}

// openAliased is open for the aliases of a function, which are under the
// function's own name whatever qualifier it was given.
func (s *Service) openAliased(tx *store.Tx, c *call, name *string) (*opened, error) {
	ref, err := function.ParseRef(text(name), "", c.Caller.Account, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	if err := ref.CheckRegion(c.Caller.Region); err != nil {
		return nil, err
	}
	return s.openRef(tx, c, ref.Unqualified())
}

// versionNumber finds the number of a version that an alias is to lead to.
func versionNumber(tx *store.Tx, f *function.Function, name string) (int64, error) {
	missing := f.Ref().Or(name).NotFound()
	number, ok := function.VersionNumber(name)
	if !ok {
		return 0, missing
	}
	v, err := tx.FunctionVersion(f, number)
	if err == nil && v == nil {
		err = missing
	}
	return number, err
}

// checkRouting refuses shares that cannot be given away, or to no version.
func checkRouting(tx *store.Tx, f *function.Function, a function.Alias) error {
	err := a.CheckRouting()
	if errors.Is(err, function.ErrLatestShared) {
		return &restjson.Untyped{Err: err}
	}
	for version := range a.Routing {
		if err == nil {
			_, err = versionNumber(tx, f, version)
		}
	}
	return err
}

// AliasInput names an alias.
type AliasInput struct {
	FunctionName *string `json:"FunctionName"`
	Name         *string `json:"Name"`
}

func (s *Service) getAlias(c *call, in *AliasInput) (*AliasConfiguration, error) {
	return door.View(c, func(tx *store.Tx) (*AliasConfiguration, error) {
		o, err := s.openAliased(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		a, err := tx.Alias(o.Function, *in.Name)
		if err != nil {
			return nil, err
		}
		if a == nil {
			return nil, errNoAlias(o.ref.Or(*in.Name))
		}
		return shownAlias(o.Function, *a), nil
	})
}

// deleteAlias removes an alias with its policy. One that is not there is gone
// already.
func (s *Service) deleteAlias(c *call, in *AliasInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.openAliased(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		_, err = tx.DeleteAlias(o.Function, *in.Name)
		return &door.Nothing{}, err
	})
}

// errAliasThere refuses a second alias of one name.
func errAliasThere(ref function.Ref) error {
	return fault.New(fault.Conflict, "Alias already exists: %s", ref.QualifiedARN())
}
