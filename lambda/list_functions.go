package lambda

import (
	"cmp"
	"slices"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// ListFunctionsInput asks for functions by name (lambda.md, 2.4).
type ListFunctionsInput struct {
	MasterRegion    *string `json:"MasterRegion"`
	FunctionVersion *string `json:"FunctionVersion"` // ALL lists the published versions too
	Marker          *string `json:"Marker"`
	MaxItems        *int64  `json:"MaxItems"`
}

// ListFunctionsOutput is a page of functions.
type ListFunctionsOutput struct {
	NextMarker string                   `json:"NextMarker,omitempty"`
	Functions  []*FunctionConfiguration `json:"Functions"`
}

// maxPage is how many items a page has at most, whatever was asked for.
const maxPage = 50

// pageSize is MaxItems.
func pageSize(given *int64) int { return int(min(cmp.Or(orZero(given), maxPage), maxPage)) }

// place is where a page begins: a version of a function, 0 is $LATEST.
type place struct {
	Name   string
	Number int64
}

func (s *Service) listFunctions(c *call, in *ListFunctionsInput) (*ListFunctionsOutput, error) {
	if err := c.authorize(nothingNamed(c.Caller.Account)); err != nil {
		return nil, err
	}
	query := door.Query("ListFunctions", c.Caller.Account, c.Caller.Region, text(in.FunctionVersion))
	var from place
	if err := s.openMarker(in.Marker, query, &from); err != nil {
		return nil, err
	}
	l := listing{s: s, c: c, all: in.FunctionVersion != nil, left: pageSize(in.MaxItems)}
	return door.View(c, func(tx *store.Tx) (*ListFunctionsOutput, error) {
		next, err := l.page(tx, from)
		if err != nil {
			return nil, err
		}
		out := &ListFunctionsOutput{Functions: l.out}
		if next != nil {
			out.NextMarker = door.SealPlace(s.Pages, query, next)
		}
		return out, nil
	})
}

// openMarker reads where a page begins, if the request says so.
func (s *Service) openMarker(marker *string, query []byte, at any) error {
	if err := door.OpenPage(s.Pages, marker, query, at); err != nil {
		return fault.Wrap(fault.InvalidNextToken, err, "Invalid marker.")
	}
	return nil
}

// listing gathers a page.
type listing struct {
	s    *Service
	c    *call
	all  bool // with published versions
	left int
	out  []*FunctionConfiguration
}

// page gathers from a place on, and gives where the next page begins, nil for
// the end.
func (l *listing) page(tx *store.Tx, from place) (*place, error) {
	l.out = []*FunctionConfiguration{}
	for {
		names, err := l.names(tx, from.Name)
		if err != nil || len(names) == 0 {
			return nil, err
		}
		for _, name := range names {
			if name != from.Name {
				from = place{Name: name}
			}
			if next, err := l.function(tx, from); err != nil || next != nil {
				return next, err
			}
		}
		from = place{Name: names[len(names)-1] + "!"} // right after it: no name has that, nor anything before it
	}
}

// names are those of the next functions from a name on, built-in ones among them.
func (l *listing) names(tx *store.Tx, from string) ([]string, error) {
	found, err := tx.Functions(l.c.Caller.Account, l.c.Caller.Region, from, maxPage)
	if err != nil {
		return nil, err
	}
	first, _ := slices.BinarySearch(l.s.builtin, from)
	names := slices.Clone(l.s.builtin[first:])
	for _, f := range found {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	if len(found) == maxPage { // there may be more before the rest of the built-in ones
		last, _ := slices.BinarySearch(names, found[maxPage-1].Name)
		names = names[:last+1]
	}
	return slices.Compact(names), nil
}

// function adds a function, from the version of the place on. It gives where to
// go on when there is no room left.
func (l *listing) function(tx *store.Tx, from place) (*place, error) {
	ref := function.Ref{Region: l.c.Caller.Region, Account: l.c.Caller.Account, Name: from.Name}
	f, err := tx.Function(ref)
	if err != nil {
		return nil, err
	}
	if l.left == 0 {
		return &from, nil
	}
	if f == nil {
		l.add(builtinConfiguration(ref))
		return nil, nil
	}
	versions := 1
	if l.all {
		versions = l.left + 1
	}
	found, err := tx.FunctionVersions(f, from.Number, versions)
	if err != nil {
		return nil, err
	}
	for _, v := range found {
		if l.left == 0 {
			return &place{from.Name, v.Number}, nil
		}
		if l.all {
			ref.Qualifier = v.Name()
		}
		shown, err := l.s.shownAs(l.c, f, v, ref)
		if err != nil {
			return nil, err
		}
		l.add(shown)
	}
	return nil, nil
}

func (l *listing) add(f *FunctionConfiguration) {
	l.out = append(l.out, f.listed())
	l.left--
}
