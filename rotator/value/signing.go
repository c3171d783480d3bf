package value

import (
	"cmp"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotator"
)

// signingKey makes the members jwk, the key to sign with, and jwks, the set that
// verifiers take: the public part of the new key first, then those of the keys
// before it, as many as keep says (1). alg is EdDSA (the default), ES256, RS256 or
// HS256. Of HS256 there is no public part: its set is as secret as its key.
type signingKey struct{}

// algorithms say which kind of key each signs with; "" for random bytes.
var algorithms = map[string]string{"EdDSA": "ed25519", "ES256": "ecdsa-p256", "RS256": "rsa-3072", "HS256": ""}

const (
	defaultAlgorithm = "EdDSA"
	hmacBytes        = 32 // of HS256: no less than its hash has (RFC 7518, 3.2)
	maxKept          = 20
)

// Make implements maker.
func (signingKey) Make(o options) ([]rotator.Member, error) {
	kept, err := o.number("keep", 1, maxKept, 1)
	if err != nil {
		return nil, err
	}
	old, err := setOf(o)
	if err != nil {
		return nil, err
	}
	key, err := newJWK(cmp.Or(o.text("alg"), defaultAlgorithm))
	if err != nil {
		return nil, err
	}
	one, err := json.Marshal(key)
	if err != nil {
		return nil, err
	}
	own, err := json.Marshal(key.public())
	if err != nil {
		return nil, err
	}
	set := jwks{append([]jsontext.Value{own}, old.Keys[:min(kept, len(old.Keys))]...)}
	all, err := json.Marshal(set)
	return []rotator.Member{{Key: "jwk", Value: one}, {Key: "jwks", Value: all}}, err
}

// setOf is the set of a value, without private parts. Where there is none, it is
// that of the key that is there, if any: verifiers still meet what it signed.
func setOf(o options) (set jwks, err error) {
	switch {
	case present(o["jwks"]):
		if json.Unmarshal(o["jwks"], &set) != nil {
			return set, errors.New("the jwks key of the secret JSON is not a set of keys")
		}
	case present(o["jwk"]):
		set.Keys = []jsontext.Value{o["jwk"]}
	}
	for i, key := range set.Keys {
		if set.Keys[i], err = publicPart(key); err != nil {
			return set, err
		}
	}
	return set, nil
}

func present(v jsontext.Value) bool {
	return len(v) > 0 && v.Kind() != 'n' && string(v) != `""`
}

// newJWK makes a key. Its kid is its thumbprint, or random where that would hash
// the secret.
func newJWK(algorithm string) (key jwk, err error) {
	kind, ok := algorithms[algorithm]
	switch {
	case !ok:
		return jwk{}, errors.New("the alg key of the secret JSON is none of EdDSA, ES256, RS256 and HS256")
	case kind == "":
		key = jwk{Type: "oct", K: b64.EncodeToString(randomBytes(hmacBytes)), ID: b64.EncodeToString(randomBytes(16))}
	default:
		made, err := kinds[kind]()
		if err != nil {
			return jwk{}, err
		}
		if key, err = private(made); err != nil {
			return jwk{}, err
		}
		if key.ID, err = key.thumbprint(); err != nil {
			return jwk{}, err
		}
	}
	key.Algorithm, key.Use = algorithm, "sig"
	return key, nil
}

// Check implements maker: what the key signs, the key of the same kid in the set
// must verify.
func (signingKey) Check(o options) error {
	var key jwk
	if json.Unmarshal(o["jwk"], &key) != nil {
		return errKey
	}
	set, err := setOf(o)
	if err != nil {
		return err
	}
	for _, raw := range set.Keys {
		var known jwk
		if json.Unmarshal(raw, &known) == nil && key.ID != "" && known.ID == key.ID && known.Algorithm == key.Algorithm {
			return agree(key, known)
		}
	}
	return errors.New("the set has not the key to sign with")
}
