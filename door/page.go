package door

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Query identifies a listing by what was asked for: a token is good for the one
// that it came from and for no other.
func Query(parts ...any) []byte { return fmt.Appendf(nil, "%q", parts) }

// SealPlace makes a token of a place in a listing. It names a place in the data
// rather than an offset, so that inserts while paging neither repeat nor skip. It
// is encrypted, so it tells nothing and cannot be forged; the query must be the
// same when it is opened. at is a struct, a string or a number, which always
// marshal.
func SealPlace(pages cipher.AEAD, query []byte, at any) string {
	text, _ := json.Marshal(at)
	return base64.RawURLEncoding.EncodeToString(pages.Seal(nil, nil, text, query))
}

// OpenPlace reads such a token into at.
func OpenPlace(pages cipher.AEAD, token string, query []byte, at any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return err
	}
	text, err := pages.Open(nil, nil, sealed, query)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, at)
}

// OpenPage is OpenPlace for a page of a listing: without a token it is the first,
// and at is left alone.
func OpenPage(pages cipher.AEAD, token *string, query []byte, at any) error {
	if token == nil || *token == "" {
		return nil
	}
	return OpenPlace(pages, *token, query, at)
}
