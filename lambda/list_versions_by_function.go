package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// ListVersionsByFunctionInput asks for the versions of a function (lambda.md,
// 2.4).
type ListVersionsByFunctionInput struct {
	FunctionName *string `json:"FunctionName"`
	Marker       *string `json:"Marker"`
	MaxItems     *int64  `json:"MaxItems"`
}

// ListVersionsByFunctionOutput is a page of versions, $LATEST first.
type ListVersionsByFunctionOutput struct {
	NextMarker string                   `json:"NextMarker,omitempty"`
	Versions   []*FunctionConfiguration `json:"Versions"`
}

func (s *Service) listVersionsByFunction(c *call, in *ListVersionsByFunctionInput) (*ListVersionsByFunctionOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ListVersionsByFunctionOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		query := door.Query("ListVersionsByFunction", o.Ref().ARN())
		var from place
		if err := s.openMarker(in.Marker, query, &from); err != nil {
			return nil, err
		}
		size := pageSize(in.MaxItems)
		found, err := tx.FunctionVersions(o.Function, from.Number, size+1)
		if err != nil {
			return nil, err
		}
		out := &ListVersionsByFunctionOutput{Versions: []*FunctionConfiguration{}}
		for i, v := range found {
			if i == size {
				out.NextMarker = door.SealPlace(s.Pages, query, place{Number: v.Number})
				break
			}
			shown, err := s.shownAs(c, o.Function, v, o.Ref().Or(v.Name()))
			if err != nil {
				return nil, err
			}
			out.Versions = append(out.Versions, shown.listed())
		}
		return out, nil
	})
}
