package door

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
)

// SealPlace makes a token of a place in a listing. It is encrypted, so it tells
// nothing and cannot be forged; query, what was asked for, must be the same when
// it is opened. at is a struct or a string, which always marshal.
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
