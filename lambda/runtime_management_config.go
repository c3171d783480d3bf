package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// PutRuntimeManagementConfigInput says when a version's runtime is updated. It is
// kept and told: runtimes are those of the machine, which its owner updates.
type PutRuntimeManagementConfigInput struct {
	FunctionName      *string `json:"FunctionName"`
	Qualifier         *string `json:"Qualifier"`
	UpdateRuntimeOn   *string `json:"UpdateRuntimeOn"`
	RuntimeVersionArn *string `json:"RuntimeVersionArn"`
}

// GetRuntimeManagementConfigInput names a version of a function.
type GetRuntimeManagementConfigInput struct {
	FunctionName *string `json:"FunctionName"`
	Qualifier    *string `json:"Qualifier"`
}

// RuntimeManagementConfig is when a version's runtime is updated.
type RuntimeManagementConfig struct {
	UpdateRuntimeOn   string `json:"UpdateRuntimeOn"`
	FunctionArn       string `json:"FunctionArn"`
	RuntimeVersionArn string `json:"RuntimeVersionArn,omitempty"`
}

var errAliasHasNoRuntime = fault.New(fault.InvalidParameter, "A runtime management configuration belongs to a version: specify $LATEST or a published version.")

// openVersion is open for what belongs to a version and not to an alias.
func (s *Service) openVersion(tx *store.Tx, c *call, name, qualifier *string) (*opened, error) {
	o, err := s.open(tx, c, name, qualifier)
	switch {
	case err != nil:
		return nil, err
	case o.alias != nil:
		return nil, errAliasHasNoRuntime
	}
	return o, o.resolved()
}

func (s *Service) putRuntimeManagementConfig(c *call, in *PutRuntimeManagementConfigInput) (*RuntimeManagementConfig, error) {
	asked := function.RuntimeManagement{UpdateOn: *in.UpdateRuntimeOn, VersionARN: text(in.RuntimeVersionArn)}
	return door.Update(c, func(tx *store.Tx) (*RuntimeManagementConfig, error) {
		o, err := s.openVersion(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if err := asked.Check(); err != nil {
			return nil, err
		}
		out := &RuntimeManagementConfig{asked.UpdateOn, o.ref.QualifiedARN(), asked.VersionARN}
		return out, tx.PutFunctionSetting(o.Function, o.version.Name(), store.RuntimeSetting, asked)
	})
}

func (s *Service) getRuntimeManagementConfig(c *call, in *GetRuntimeManagementConfigInput) (*RuntimeManagementConfig, error) {
	return door.View(c, func(tx *store.Tx) (*RuntimeManagementConfig, error) {
		o, err := s.openVersion(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		known, err := store.FunctionSetting[function.RuntimeManagement](tx, o.Function, o.version.Name(), store.RuntimeSetting)
		if err != nil {
			return nil, err
		}
		set := function.RuntimeManagement{UpdateOn: "Auto"}
		if known != nil {
			set = known.Value
		}
		return &RuntimeManagementConfig{set.UpdateOn, o.ref.QualifiedARN(), set.VersionARN}, nil
	})
}
