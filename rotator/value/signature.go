package value

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
)

var errDisagree = errors.New("the key does not sign what the set verifies")

// agree signs with one key, and verifies with another, as its algorithm does.
func agree(signs, verifies jwk) error {
	if signs.Type == "oct" {
		if signs.K == "" || subtle.ConstantTimeCompare([]byte(signs.K), []byte(verifies.K)) != 1 {
			return errDisagree
		}
		return nil
	}
	key, err := signs.signer()
	if err != nil {
		return err
	}
	known, err := verifies.verifier()
	if err != nil {
		return err
	}
	message := randomBytes(defaultBytes)
	hash := sha256.Sum256(message)
	ok := false
	switch key := key.(type) {
	case ed25519.PrivateKey:
		known, same := known.(ed25519.PublicKey)
		ok = same && ed25519.Verify(known, message, ed25519.Sign(key, message))
	case *ecdsa.PrivateKey:
		known, same := known.(*ecdsa.PublicKey)
		signature, err := ecdsa.SignASN1(rand.Reader, key, hash[:])
		ok = same && err == nil && ecdsa.VerifyASN1(known, hash[:], signature)
	case *rsa.PrivateKey:
		known, same := known.(*rsa.PublicKey)
		signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, hash[:])
		ok = same && err == nil && rsa.VerifyPKCS1v15(known, crypto.SHA256, hash[:], signature) == nil
	}
	if !ok {
		return errDisagree
	}
	return nil
}
