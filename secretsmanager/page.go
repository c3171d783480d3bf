package secretsmanager

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/alberti-dev/alberti/fault"
)

const badPage = "The NextToken value is invalid."

// queryOf identifies a query: a page token is good for the query that it came
// from and for no other.
func queryOf(parts ...any) []byte { return fmt.Appendf(nil, "%q", parts) }

// sealPage makes a NextToken of a place in a listing. It is encrypted, so it
// tells nothing and cannot be forged, and names a place in the data rather than
// an offset, so that inserts while paging neither repeat nor skip.
func (s *Service) sealPage(query []byte, at any) string {
	text, _ := json.Marshal(at) // structs of strings and numbers always marshal
	return base64.RawURLEncoding.EncodeToString(s.Pages.Seal(nil, nil, text, query))
}

func (s *Service) openPage(token string, query []byte, at any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		var text []byte
		if text, err = s.Pages.Open(nil, nil, sealed, query); err == nil {
			err = json.Unmarshal(text, at)
		}
	}
	if err != nil {
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
