package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// ListFunctionEventInvokeConfigsInput asks for those of a function and all of its
// qualifiers.
type ListFunctionEventInvokeConfigsInput struct {
	FunctionName *string `json:"FunctionName"`
	Marker       *string `json:"Marker"`
	MaxItems     *int64  `json:"MaxItems"`
}

// ListFunctionEventInvokeConfigsOutput is a page of them.
type ListFunctionEventInvokeConfigsOutput struct {
	FunctionEventInvokeConfigs []*FunctionEventInvokeConfig `json:"FunctionEventInvokeConfigs"`
	NextMarker                 string                       `json:"NextMarker,omitempty"`
}

func (*ListFunctionEventInvokeConfigsInput) missing(function.Ref) error { return errNoFunction }

func (s *Service) listFunctionEventInvokeConfigs(c *call, in *ListFunctionEventInvokeConfigsInput) (*ListFunctionEventInvokeConfigsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ListFunctionEventInvokeConfigsOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		query := door.Query("ListFunctionEventInvokeConfigs", o.ref.ARN())
		var after string
		if err := s.openMarker(in.Marker, query, &after); err != nil {
			return nil, err
		}
		size := pageSize(in.MaxItems)
		found, err := store.FunctionSettings[function.EventConfig](tx, o.Function, store.EventSetting, after, size+1)
		if err != nil {
			return nil, err
		}
		out := &ListFunctionEventInvokeConfigsOutput{FunctionEventInvokeConfigs: []*FunctionEventInvokeConfig{}}
		for i, known := range found {
			if i == size {
				out.NextMarker = door.SealPlace(s.Pages, query, found[i-1].Qualifier)
				break
			}
			out.FunctionEventInvokeConfigs = append(out.FunctionEventInvokeConfigs, shownEventConfig(o.Function, known))
		}
		return out, nil
	})
}
