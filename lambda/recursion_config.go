package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// PutFunctionRecursionConfigInput says what becomes of a function that invokes
// itself through other services. It is kept and told: there are none here that
// could lead back.
type PutFunctionRecursionConfigInput struct {
	FunctionName  *string `json:"FunctionName"`
	RecursiveLoop *string `json:"RecursiveLoop"`
}

// GetFunctionRecursionConfigInput names a function.
type GetFunctionRecursionConfigInput struct {
	FunctionName *string `json:"FunctionName"`
}

// FunctionRecursionConfig is Allow or Terminate.
type FunctionRecursionConfig struct {
	RecursiveLoop string `json:"RecursiveLoop"`
}

func (s *Service) putFunctionRecursionConfig(c *call, in *PutFunctionRecursionConfigInput) (*FunctionRecursionConfig, error) {
	return door.Update(c, func(tx *store.Tx) (*FunctionRecursionConfig, error) {
		o, err := s.open(tx, c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		return &FunctionRecursionConfig{*in.RecursiveLoop}, tx.PutFunctionSetting(o.Function, "", store.RecursionSetting, *in.RecursiveLoop)
	})
}

func (s *Service) getFunctionRecursionConfig(c *call, in *GetFunctionRecursionConfigInput) (*FunctionRecursionConfig, error) {
	return door.View(c, func(tx *store.Tx) (*FunctionRecursionConfig, error) {
		o, err := s.open(tx, c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		known, err := store.FunctionSetting[string](tx, o.Function, "", store.RecursionSetting)
		if err != nil {
			return nil, err
		}
		if known == nil {
			return &FunctionRecursionConfig{"Terminate"}, nil
		}
		return &FunctionRecursionConfig{known.Value}, nil
	})
}
