package postgres

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"golang.org/x/text/secure/precis"

	"github.com/alberti-dev/alberti/secret"
)

const defaultIterations = 4096

// scramVerifier is a SCRAM-SHA-256 verifier in PostgreSQL's form:
// SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey (RFC 5802, section 3).
func scramVerifier(password secret.Value, iterations int) (string, error) {
	return scramWith(prepared(password), newSalt(), iterations)
}

func newSalt() []byte {
	salt := make([]byte, 16)
	rand.Read(salt)
	return salt
}

func scramWith(password string, salt []byte, iterations int) (string, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return "", err
	}
	stored := sha256.Sum256(mac(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", iterations, encode(salt), encode(stored[:]), encode(mac(salted, "Server Key"))), nil
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// prepared normalises a password as clients do before they log in; one that
// cannot be is used as it is, as PostgreSQL does.
func prepared(password secret.Value) string {
	text := string(password.Reveal())
	if normal, err := precis.OpaqueString.String(text); err == nil {
		return normal
	}
	return text
}
