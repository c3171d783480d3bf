package value

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// kinds are the keys that can be made, by what keyType calls them.
var kinds = map[string]func() (public, error){
	"ed25519": func() (public, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	},
	"ecdsa-p256": ecdsaKey(elliptic.P256()),
	"ecdsa-p384": ecdsaKey(elliptic.P384()),
	"ecdsa-p521": ecdsaKey(elliptic.P521()),
	"rsa-2048":   rsaKey(2048),
	"rsa-3072":   rsaKey(3072),
	"rsa-4096":   rsaKey(4096),
}

func ecdsaKey(c elliptic.Curve) func() (public, error) {
	return func() (public, error) { return ecdsa.GenerateKey(c, rand.Reader) }
}

func rsaKey(bits int) func() (public, error) {
	return func() (public, error) { return rsa.GenerateKey(rand.Reader, bits) }
}

// newKey makes a key of the kind that keyType names.
func newKey(o options, absent string) (public, error) {
	make, ok := kinds[cmp.Or(o.text("keyType"), absent)]
	if !ok {
		return nil, fmt.Errorf("the keyType key of the secret JSON is none of %s", strings.Join(slices.Sorted(maps.Keys(kinds)), ", "))
	}
	return make()
}
