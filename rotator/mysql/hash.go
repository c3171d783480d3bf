package mysql

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"filippo.io/edwards25519"

	"github.com/alberti-dev/alberti/secret"
)

// The plugins by which an account may prove a password that the server keeps.
const (
	native      = "mysql_native_password"
	cachingSHA2 = "caching_sha2_password"
	sha256Plain = "sha256_password"
	ed25519     = "ed25519"
)

// takesPassword tells whether a plugin is about a password that can be set. An
// account without one, as MariaDB makes them, has the oldest.
func takesPassword(plugin string) bool {
	switch plugin {
	case "", native, cachingSHA2, sha256Plain, ed25519:
		return true
	}
	return false
}

// hash is what a server stores for a password; false where only the server can
// make it.
func hash(plugin string, password secret.Value) (string, bool) {
	switch plugin {
	case "", native:
		return nativeHash(password), true
	case ed25519:
		return ed25519Hash(password), true
	case cachingSHA2:
		salt := make([]byte, 20)
		for i, b := range []byte(rand.Text())[:len(salt)] {
			salt[i] = b // printable, as it will lie in dumps; 100 bits
		}
		return cachingSHA2Hash(password.Reveal(), salt), true
	}
	return "", false
}

// nativeHash is the hash of the hash: the server learns the inner one from a
// login's proof and never keeps it.
func nativeHash(password secret.Value) string {
	inner := sha1.Sum(password.Reveal())
	outer := sha1.Sum(inner[:])
	return "*" + strings.ToUpper(hex.EncodeToString(outer[:]))
}

// ed25519Hash is the public key that belongs to the password. MariaDB takes
// passwords of any length for the seed, so that crypto/ed25519 will not do.
func ed25519Hash(password secret.Value) string {
	seed := sha512.Sum512(password.Reveal())
	key, err := new(edwards25519.Scalar).SetBytesWithClamping(seed[:32])
	if err != nil {
		panic(err) // 32 bytes always do
	}
	return base64.RawStdEncoding.EncodeToString(new(edwards25519.Point).ScalarBaseMult(key).Bytes())
}

// cachingSHA2Hash is $A$, thousands of rounds, 20 bytes of salt, digest.
func cachingSHA2Hash(password, salt []byte) string {
	return "$A$005$" + string(salt) + sha256Crypt(password, salt, 5000)
}
