package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
)

const badPage = "The NextToken value is invalid."

// openPage reads where a page begins, if the request says so.
func (s *Service) openPage(token *string, query []byte, at any) error {
	if err := door.OpenPage(s.Pages, token, query, at); err != nil {
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
