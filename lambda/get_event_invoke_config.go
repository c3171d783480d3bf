package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// EventInvokeConfigOfInput names a function, a version or an alias.
type EventInvokeConfigOfInput struct {
	FunctionName *string `json:"FunctionName"`
	Qualifier    *string `json:"Qualifier"`
}

func (*EventInvokeConfigOfInput) missing(ref function.Ref) error { return errNoEventConfig(ref) }

func (s *Service) getFunctionEventInvokeConfig(c *call, in *EventInvokeConfigOfInput) (*FunctionEventInvokeConfig, error) {
	return door.View(c, func(tx *store.Tx) (*FunctionEventInvokeConfig, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		known, err := eventSettingOf(tx, o)
		if err != nil {
			return nil, err
		}
		return shownEventConfig(o.Function, *known), nil
	})
}

// eventSettingOf is what is said of what was opened.
func eventSettingOf(tx *store.Tx, o *opened) (*eventSetting, error) {
	known, err := store.FunctionSetting[function.EventConfig](tx, o.Function, o.ref.Or(function.Latest).Qualifier, store.EventSetting)
	if err == nil && known == nil {
		err = errNoEventConfig(o.ref)
	}
	return known, err
}

func (s *Service) deleteFunctionEventInvokeConfig(c *call, in *EventInvokeConfigOfInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		there, err := tx.DeleteFunctionSetting(o.Function, o.ref.Or(function.Latest).Qualifier, store.EventSetting)
		if err == nil && !there {
			err = errNoEventConfig(o.ref)
		}
		return &door.Nothing{}, err
	})
}
