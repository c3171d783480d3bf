package identity

import (
	"fmt"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
)

// listing is where a page of a listing begins and how long it may be.
type listing struct {
	service *Service
	query   []byte
	after   string // the name before the first, in lower case; "" for the first page
	size    int
}

// list reads what all listings have in common. query is what is listed: a Marker
// is good for that and nothing else.
func (s *Service) list(marker *string, maxItems *int64, query ...string) (l listing, err error) {
	l = listing{service: s, query: fmt.Appendf(nil, "%q", query), size: 100}
	if maxItems != nil {
		l.size = int(*maxItems)
	}
	if err := door.OpenPage(s.Pages, marker, l.query, &l.after); err != nil {
		return l, fault.Wrap(fault.Validation, err, "Invalid Marker.")
	}
	return l, nil
}

// cut gives the first page of what was found, one more than its size if there is
// more, and the Marker of the next.
func cut[E any](l listing, found []E, name func(E) string) (page []E, truncated bool, marker string) {
	if len(found) <= l.size {
		return append([]E{}, found...), false, "" // an empty list is a list
	}
	page = found[:l.size]
	return page, true, door.SealPlace(l.service.Pages, l.query, name(page[len(page)-1]))
}

// rest leaves out what came on earlier pages; found is in the order of names.
func rest[E any](l listing, found []E, name func(E) string) []E {
	for i, e := range found {
		if name(e) > l.after {
			return found[i:]
		}
	}
	return nil
}
