package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// GetFunctionCodeSigningConfigInput names a function.
type GetFunctionCodeSigningConfigInput struct {
	FunctionName *string `json:"FunctionName"`
}

// GetFunctionCodeSigningConfigOutput has no configuration: code signing is not
// served. Terraform asks for every function, and takes this for none (lambda.md,
// 4).
type GetFunctionCodeSigningConfigOutput struct {
	FunctionName string `json:"FunctionName"`
}

func (s *Service) getFunctionCodeSigningConfig(c *call, in *GetFunctionCodeSigningConfigInput) (*GetFunctionCodeSigningConfigOutput, error) {
	return door.View(c, func(tx *store.Tx) (*GetFunctionCodeSigningConfigOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		return &GetFunctionCodeSigningConfigOutput{o.ref.Name}, nil
	})
}
