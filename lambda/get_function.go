package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// GetFunctionInput names a function, perhaps a version of it (lambda.md, 2.4).
type GetFunctionInput struct {
	Qualifier    *string `json:"Qualifier"`
	FunctionName *string `json:"FunctionName"`
}

// GetFunctionOutput is all there is to know of a function.
type GetFunctionOutput struct {
	Configuration *FunctionConfiguration `json:"Configuration"`
	Code          *FunctionCodeLocation  `json:"Code"`
	Tags          map[string]string      `json:"Tags,omitempty"`
	Concurrency   *Concurrency           `json:"Concurrency,omitzero"`
}

// FunctionCodeLocation is where the code can be downloaded for ten minutes.
type FunctionCodeLocation struct {
	RepositoryType   string `json:"RepositoryType"`
	Location         string `json:"Location,omitempty"`
	ImageURI         string `json:"ImageUri,omitempty"`
	ResolvedImageURI string `json:"ResolvedImageUri,omitempty"`
}

// Concurrency is how many invocations of a function may run at once.
type Concurrency struct {
	ReservedConcurrentExecutions *int64 `json:"ReservedConcurrentExecutions,omitzero"`
}

func (s *Service) getFunction(c *call, in *GetFunctionInput) (*GetFunctionOutput, error) {
	return door.View(c, func(tx *store.Tx) (*GetFunctionOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if o.builtin {
			return &GetFunctionOutput{Configuration: builtinConfiguration(o.ref), Code: &FunctionCodeLocation{RepositoryType: "Alberti"}}, nil
		}
		shown, err := s.shown(c, o)
		if err != nil {
			return nil, err
		}
		out := &GetFunctionOutput{
			Configuration: shown.settled(), Tags: o.Tags,
			Code: &FunctionCodeLocation{RepositoryType: "S3", Location: s.codeLocation(c, o.Function, o.version)},
		}
		if at := string(o.version.Config.Place); at != "" {
			out.Code = &FunctionCodeLocation{RepositoryType: "ECR", ImageURI: at, ResolvedImageURI: at}
		}
		if o.Reserved != nil && o.ref.Qualifier == "" {
			out.Concurrency = &Concurrency{o.Reserved}
		}
		return out, nil
	})
}

// shown is the version that was asked for, under the ARN that was asked for.
func (s *Service) shown(c *call, o *opened) (*FunctionConfiguration, error) {
	if err := o.resolved(); err != nil {
		return nil, err
	}
	return s.shownAs(c, o.Function, o.version, o.ref)
}

func (s *Service) shownAs(c *call, f *function.Function, v *function.Version, ref function.Ref) (*FunctionConfiguration, error) {
	variables, err := s.environment(c.Ctx, f, v)
	if err != nil {
		return nil, err
	}
	return described(f, v, ref, variables), nil
}

func (s *Service) getFunctionConfiguration(c *call, in *GetFunctionInput) (*FunctionConfiguration, error) {
	return door.View(c, func(tx *store.Tx) (*FunctionConfiguration, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if o.builtin {
			return builtinConfiguration(o.ref), nil
		}
		shown, err := s.shown(c, o)
		if err != nil {
			return nil, err
		}
		return shown.settled(), nil
	})
}
