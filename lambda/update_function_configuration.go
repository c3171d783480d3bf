package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// UpdateFunctionConfigurationInput asks for another configuration. What it does
// not have stays; Environment and Layers are replaced whole (lambda.md, 2.5).
type UpdateFunctionConfigurationInput struct {
	FunctionName      *string            `json:"FunctionName"`
	Role              *string            `json:"Role"`
	Handler           *string            `json:"Handler"`
	Description       *string            `json:"Description"`
	Timeout           *int64             `json:"Timeout"`
	MemorySize        *int64             `json:"MemorySize"`
	VpcConfig         *VpcConfig         `json:"VpcConfig"`
	Environment       *Environment       `json:"Environment"`
	Runtime           *string            `json:"Runtime"`
	DeadLetterConfig  *DeadLetterConfig  `json:"DeadLetterConfig"`
	KMSKeyArn         *string            `json:"KMSKeyArn"`
	TracingConfig     *TracingConfig     `json:"TracingConfig"`
	RevisionID        *string            `json:"RevisionId"`
	Layers            []string           `json:"Layers"`
	FileSystemConfigs []FileSystemConfig `json:"FileSystemConfigs"`
	EphemeralStorage  *EphemeralStorage  `json:"EphemeralStorage"`
	SnapStart         *SnapStart         `json:"SnapStart"`
	LoggingConfig     *LoggingConfig     `json:"LoggingConfig"`
}

func (in *UpdateFunctionConfigurationInput) settings() settings {
	return settings{
		Runtime: in.Runtime, Role: in.Role, Handler: in.Handler, Description: in.Description, KMSKeyArn: in.KMSKeyArn,
		Timeout: in.Timeout, MemorySize: in.MemorySize, VpcConfig: in.VpcConfig, DeadLetterConfig: in.DeadLetterConfig,
		TracingConfig: in.TracingConfig, EphemeralStorage: in.EphemeralStorage, SnapStart: in.SnapStart,
		LoggingConfig: in.LoggingConfig, FileSystemConfigs: in.FileSystemConfigs,
	}
}

func (s *Service) updateFunctionConfiguration(c *call, in *UpdateFunctionConfigurationInput) (*FunctionConfiguration, error) {
	if in.Role != nil {
		// Outside of the transaction, which must not wait; who may not update the
		// function does not hear of the role.
		if _, err := door.View(c, func(tx *store.Tx) (*opened, error) { return s.openLatest(tx, c, in.FunctionName) }); err != nil {
			return nil, err
		}
		if err := c.checkRole(*in.Role); err != nil {
			return nil, err
		}
	}
	return door.Update(c, func(tx *store.Tx) (*FunctionConfiguration, error) {
		o, err := s.openForChange(tx, c, in.FunctionName, in.RevisionID)
		if err != nil {
			return nil, err
		}
		if err := s.configure(tx, c, o, in); err != nil {
			return nil, err
		}
		return s.saveChanged(tx, c, o, false)
	})
}

// configure changes $LATEST's configuration.
func (s *Service) configure(tx *store.Tx, c *call, o *opened, in *UpdateFunctionConfigurationInput) error {
	if err := in.settings().check(); err != nil {
		return err
	}
	v := o.version
	if v.Config.Place != "" && (in.Runtime != nil || in.Handler != nil || in.Layers != nil) {
		return errImageHas
	}
	v.Config = in.settings().apply(v.Config, o.Name)
	if in.Layers != nil {
		var err error
		if v.Layers, err = s.layers(tx, c, in.Layers); err != nil {
			return err
		}
		if err := function.CheckTogether(v.Code, v.Layers); err != nil {
			return err
		}
	}
	v.Changed(tx.Now())
	if in.Environment == nil {
		return nil
	}
	packed, err := function.PackEnvironment(in.Environment.variables())
	if err != nil {
		return err
	}
	return s.setEnvironment(c.Ctx, tx, o.Function, v, packed)
}
