package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/restjson"
	"github.com/alberti-dev/alberti/store"
)

// PutFunctionConcurrencyInput reserves invocations at once for a function
// (lambda.md, 2.10).
type PutFunctionConcurrencyInput struct {
	FunctionName                 *string `json:"FunctionName"`
	ReservedConcurrentExecutions *int64  `json:"ReservedConcurrentExecutions"`
}

// FunctionConcurrencyInput names a function.
type FunctionConcurrencyInput struct {
	FunctionName *string `json:"FunctionName"`
}

const (
	// accountConcurrency is how many invocations of an account may run at once.
	accountConcurrency = 1000
	// leastUnreserved of them are for functions that have reserved none.
	leastUnreserved = 100
)

var (
	errConcurrencyOfVersion = fault.New(fault.InvalidParameter, "This operation is permitted on Lambda functions only. "+
		"Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
	errReserved = &restjson.Untyped{Err: fault.New(fault.InvalidParameter, "Specified ReservedConcurrentExecutions for function decreases account's "+
		"UnreservedConcurrentExecution below its minimum value of [%d].", leastUnreserved)}
)

// openWhole is open for what belongs to a function and to no version of it.
func (s *Service) openWhole(tx *store.Tx, c *call, name *string) (*opened, error) {
	ref, err := function.ParseRef(text(name), "", c.Caller.Account, c.Caller.Region)
	if err == nil && ref.Qualifier != "" {
		err = errConcurrencyOfVersion
	}
	if err != nil {
		return nil, err
	}
	return s.open(tx, c, name, nil)
}

func (s *Service) putFunctionConcurrency(c *call, in *PutFunctionConcurrencyInput) (*Concurrency, error) {
	return door.Update(c, func(tx *store.Tx) (*Concurrency, error) {
		o, err := s.openWhole(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		others, err := tx.ReservedConcurrency(o.Function)
		if err != nil {
			return nil, err
		}
		if *in.ReservedConcurrentExecutions > accountConcurrency-leastUnreserved-others {
			return nil, errReserved
		}
		o.Reserved = in.ReservedConcurrentExecutions
		return &Concurrency{o.Reserved}, tx.PutFunction(o.Function)
	})
}

func (s *Service) getFunctionConcurrency(c *call, in *FunctionConcurrencyInput) (*Concurrency, error) {
	return door.View(c, func(tx *store.Tx) (*Concurrency, error) {
		o, err := s.openWhole(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		return &Concurrency{o.Reserved}, nil
	})
}

func (s *Service) deleteFunctionConcurrency(c *call, in *FunctionConcurrencyInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.openWhole(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		o.Reserved = nil
		return &door.Nothing{}, tx.PutFunction(o.Function)
	})
}
