package secretsmanager

import (
	"fmt"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
)

const badPage = "The NextToken value is invalid."

// queryOf identifies a query: a page token is good for the query that it came
// from and for no other.
func queryOf(parts ...any) []byte { return fmt.Appendf(nil, "%q", parts) }

// sealPage makes a NextToken of a place in a listing. It names a place in the
// data rather than an offset, so that inserts while paging neither repeat nor skip.
func (s *Service) sealPage(query []byte, at any) string { return door.SealPlace(s.Pages, query, at) }

func (s *Service) openPage(token string, query []byte, at any) error {
	if err := door.OpenPlace(s.Pages, token, query, at); err != nil {
		return fault.Wrap(fault.InvalidNextToken, err, badPage)
	}
	return nil
}

// pageSize is MaxResults, 100 when not given.
func pageSize(given *int64) int {
	if given == nil {
		return 100
	}
	return int(*given)
}
