package value

import "github.com/go-json-experiment/json"

// Thumbprint is of a key that is written as a JWK.
func Thumbprint(key string) (string, error) {
	var k jwk
	if err := json.Unmarshal([]byte(key), &k); err != nil {
		return "", err
	}
	return k.thumbprint()
}
