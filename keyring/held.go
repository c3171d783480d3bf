package keyring

import (
	"crypto/cipher"
	"crypto/rand"

	"github.com/alberti-dev/alberti/secret"
)

// heldKey stands for the key that a process draws for what it holds in memory. No
// KMS key has its id, and nothing that it seals is of use to another process.
const heldKey = "held in memory"

// Hold seals a value that was opened, to be held in memory: it opens with one
// decryption, where a value of the store takes two and the making of a key.
func (r *Ring) Hold(c Context, v secret.Value) secret.Sealed {
	plain := encode(v)
	defer clear(plain)
	return secret.Sealed{KeyID: heldKey, Ciphertext: r.held.Seal(nil, nil, plain, c.aad("held value"))}
}

func (r *Ring) openHeld(t *scratch, s secret.Sealed, c Context) ([]byte, error) {
	t.aad = c.appendAAD(t.aad[:0], "held value")
	plain, err := r.held.Open(s.Ciphertext[:0], nil, s.Ciphertext, t.aad)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	return plain, nil
}

func drawHeld() cipher.AEAD {
	key := make([]byte, 32)
	rand.Read(key)
	defer clear(key)
	aead, err := newAEAD(key)
	if err != nil {
		panic(err) // of a key of the right length
	}
	return aead
}
