package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// ListAliasesInput asks for the aliases of a function, or for those of one of its
// versions (lambda.md, 2.6).
type ListAliasesInput struct {
	FunctionName    *string `json:"FunctionName"`
	FunctionVersion *string `json:"FunctionVersion"`
	Marker          *string `json:"Marker"`
	MaxItems        *int64  `json:"MaxItems"`
}

// ListAliasesOutput is a page of aliases by name.
type ListAliasesOutput struct {
	NextMarker string                `json:"NextMarker,omitempty"`
	Aliases    []*AliasConfiguration `json:"Aliases"`
}

func (s *Service) listAliases(c *call, in *ListAliasesInput) (*ListAliasesOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ListAliasesOutput, error) {
		o, err := s.openAliased(tx, c, in.FunctionName)
		if err != nil {
			return nil, err
		}
		query := door.Query("ListAliases", o.ref.ARN(), text(in.FunctionVersion))
		var after string
		if err := s.openMarker(in.Marker, query, &after); err != nil {
			return nil, err
		}
		size := pageSize(in.MaxItems)
		found, err := in.find(tx, o.Function, after, size+1)
		if err != nil {
			return nil, err
		}
		out := &ListAliasesOutput{Aliases: []*AliasConfiguration{}}
		for i, a := range found {
			if i == size {
				out.NextMarker = door.SealPlace(s.Pages, query, found[i-1].Name)
				break
			}
			out.Aliases = append(out.Aliases, shownAlias(o.Function, a))
		}
		return out, nil
	})
}

// find reads aliases after a name. A version that cannot be has none.
func (in *ListAliasesInput) find(tx *store.Tx, f *function.Function, after string, limit int) ([]function.Alias, error) {
	if in.FunctionVersion == nil {
		return tx.Aliases(f, after, limit)
	}
	number, ok := function.VersionNumber(*in.FunctionVersion)
	if !ok {
		return nil, nil
	}
	return tx.AliasesOf(f, number, after, limit)
}
