package value

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// jwk is a key as RFC 7517 and 7518 write it: members in the order of their
// names, so that the required ones alone are what RFC 7638 hashes.
type jwk struct {
	Algorithm string `json:"alg,omitzero"`
	Curve     string `json:"crv,omitzero"`
	D         string `json:"d,omitzero"`
	DP        string `json:"dp,omitzero"`
	DQ        string `json:"dq,omitzero"`
	E         string `json:"e,omitzero"`
	K         string `json:"k,omitzero"`
	ID        string `json:"kid,omitzero"`
	Type      string `json:"kty"`
	N         string `json:"n,omitzero"`
	P         string `json:"p,omitzero"`
	Q         string `json:"q,omitzero"`
	QI        string `json:"qi,omitzero"`
	Use       string `json:"use,omitzero"`
	X         string `json:"x,omitzero"`
	Y         string `json:"y,omitzero"`
}

// jwks is a set of them, as they were written: keys of others may have members
// that we do not know.
type jwks struct {
	Keys []jsontext.Value `json:"keys"`
}

// publicPart is a key without what only its owner may know. A symmetric key has
// no such part.
func publicPart(key jsontext.Value) (jsontext.Value, error) {
	var members map[string]jsontext.Value
	if json.Unmarshal(key, &members) != nil || members == nil {
		return nil, errKey
	}
	for _, name := range []string{"d", "dp", "dq", "oth", "p", "q", "qi"} {
		delete(members, name)
	}
	return json.Marshal(members, json.Deterministic(true))
}

var b64 = base64.RawURLEncoding

// private writes a private key.
func private(key public) (jwk, error) {
	switch key := key.(type) {
	case ed25519.PrivateKey:
		return jwk{Type: "OKP", Curve: "Ed25519", D: b64.EncodeToString(key.Seed()), X: b64.EncodeToString(key.Public().(ed25519.PublicKey))}, nil
	case *ecdsa.PrivateKey:
		point, err := key.PublicKey.Bytes() // 4, then X and Y
		if err != nil {
			return jwk{}, err
		}
		d, err := key.Bytes()
		half := len(point) / 2
		return jwk{Type: "EC", Curve: "P-256", D: b64.EncodeToString(d), X: b64.EncodeToString(point[1 : 1+half]), Y: b64.EncodeToString(point[1+half:])}, err
	case *rsa.PrivateKey:
		number := func(n *big.Int) string { return b64.EncodeToString(n.Bytes()) }
		return jwk{
			Type: "RSA", N: number(key.N), E: number(big.NewInt(int64(key.E))), D: number(key.D),
			P: number(key.Primes[0]), Q: number(key.Primes[1]),
			DP: number(key.Precomputed.Dp), DQ: number(key.Precomputed.Dq), QI: number(key.Precomputed.Qinv),
		}, nil
	}
	return jwk{}, errors.New("no such key can be written as a JWK")
}

// public is the part of a key that verifiers need: all of it, when it is
// symmetric.
func (k jwk) public() jwk {
	k.D, k.DP, k.DQ, k.P, k.Q, k.QI = "", "", "", "", "", ""
	return k
}

// thumbprint is RFC 7638's hash of a public key.
func (k jwk) thumbprint() (string, error) {
	k = k.public()
	k.Algorithm, k.Use, k.ID = "", "", ""
	text, err := json.Marshal(k)
	sum := sha256.Sum256(text)
	return b64.EncodeToString(sum[:]), err
}

var errKey = errors.New("the key cannot be read")

// signer reads a private key.
func (k jwk) signer() (any, error) {
	d, err := b64.DecodeString(k.D)
	if err != nil {
		return nil, errKey
	}
	switch k.Type {
	case "OKP":
		if len(d) != ed25519.SeedSize {
			return nil, errKey
		}
		return ed25519.NewKeyFromSeed(d), nil
	case "EC":
		return ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	case "RSA":
		n, e, p, q := integer(k.N), integer(k.E), integer(k.P), integer(k.Q)
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: int(e.Int64())}, D: new(big.Int).SetBytes(d), Primes: []*big.Int{p, q}}
		if key.Validate() != nil {
			return nil, errKey
		}
		key.Precompute()
		return key, nil
	}
	return nil, errKey
}

// verifier reads a public key.
func (k jwk) verifier() (any, error) {
	x, err1 := b64.DecodeString(k.X)
	y, err2 := b64.DecodeString(k.Y)
	if err1 != nil || err2 != nil {
		return nil, errKey
	}
	switch k.Type {
	case "OKP":
		if len(x) != ed25519.PublicKeySize {
			return nil, errKey
		}
		return ed25519.PublicKey(x), nil
	case "EC":
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
	case "RSA":
		return &rsa.PublicKey{N: integer(k.N), E: int(integer(k.E).Int64())}, nil
	}
	return nil, errKey
}

func integer(text string) *big.Int {
	raw, err := b64.DecodeString(text)
	if err != nil {
		return new(big.Int)
	}
	return new(big.Int).SetBytes(raw)
}
