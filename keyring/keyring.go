// Package keyring keeps values encrypted. Three layers, AES-256-GCM throughout:
//
//	root key (a file, later an outside KMS)   wraps
//	  KMS keys, one per account and region    wrap
//	    a data key per version of a secret    encrypts
//	      the value
//
// What is wrapped or encrypted is bound to its place by additional data: a
// value and its data key to {SecretARN, SecretVersionId} (secrets-manager.md,
// 5.2), a KMS key to its id. A ciphertext moved to another row does not open.
package keyring

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"sync"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// Wrapper guards the outermost keys: it wraps a short key so that only it can
// unwrap it, and only with the same additional data.
type Wrapper interface {
	Wrap(ctx context.Context, key, aad []byte) ([]byte, error)
	Unwrap(ctx context.Context, wrapped, aad []byte) ([]byte, error)
}

// Key is a KMS key as the store keeps it.
type Key struct {
	ID      string
	Wrapped []byte // under the root key
}

// Context says which version of which secret a value belongs to.
type Context struct {
	SecretARN string
	VersionID string
}

// appendAAD appends the additional data under which a key or a value is sealed.
func (c Context) appendAAD(b []byte, purpose string) []byte {
	for _, part := range [...]string{"alberti ", purpose, " v1\nSecretARN=", c.SecretARN, "\nSecretVersionId=", c.VersionID} {
		b = append(b, part...)
	}
	return b
}

func (c Context) aad(purpose string) []byte { return c.appendAAD(nil, purpose) }

// Ring seals and opens values. It remembers the KMS keys that it unwrapped.
type Ring struct {
	root Wrapper
	load func(ctx context.Context, id string) (Key, error)
	keys sync.Map // KMS key id -> cipher.AEAD
	held cipher.AEAD
}

// New makes a ring over a root key. load fetches a KMS key from the store.
func New(root Wrapper, load func(ctx context.Context, id string) (Key, error)) *Ring {
	return &Ring{root: root, load: load, held: drawHeld()}
}

// Generate makes a KMS key. It is of use only once the store has it: Seal takes
// the key as the store gave it back, so a key of a transaction that failed can
// never have sealed anything that was kept.
func (r *Ring) Generate(ctx context.Context, id string) (Key, error) {
	raw := make([]byte, 32)
	rand.Read(raw)
	wrapped, err := r.root.Wrap(ctx, raw, keyAAD(id))
	if err != nil {
		return Key{}, encryptionFailure(err)
	}
	return Key{ID: id, Wrapped: wrapped}, nil
}

// Seal encrypts a value for one version of a secret under a data key of its own.
func (r *Ring) Seal(ctx context.Context, key Key, c Context, v secret.Value) (secret.Sealed, error) {
	plain := encode(v)
	defer clear(plain)
	return r.SealBytes(ctx, key, c, plain)
}

// SealBytes is Seal for what is no value of a secret. It keeps plain as it is.
func (r *Ring) SealBytes(ctx context.Context, key Key, c Context, plain []byte) (secret.Sealed, error) {
	kek, err := r.unwrap(ctx, key)
	if err != nil {
		return secret.Sealed{}, encryptionFailure(err)
	}
	dataKey := make([]byte, 32)
	rand.Read(dataKey)
	defer clear(dataKey)
	aead, err := newAEAD(dataKey)
	if err != nil {
		return secret.Sealed{}, encryptionFailure(err)
	}
	return secret.Sealed{
		KeyID:      key.ID,
		DataKey:    kek.Seal(nil, nil, dataKey, c.aad("data key")),
		Ciphertext: aead.Seal(nil, nil, plain, c.aad("value")),
	}, nil
}

// scratch is what opening a value needs for a moment.
type scratch struct{ aad, dataKey []byte }

var scratches = sync.Pool{New: func() any {
	return &scratch{make([]byte, 0, 256), make([]byte, 0, 64)}
}}

// Open decrypts what Seal made for the same context. It uses the ciphertext up:
// the value takes its place in memory.
func (r *Ring) Open(ctx context.Context, s secret.Sealed, c Context) (secret.Value, error) {
	plain, err := r.OpenBytes(ctx, s, c)
	if err != nil {
		return secret.Value{}, err
	}
	if len(plain) == 0 {
		return secret.Value{}, decryptionFailure(nil)
	}
	return decode(plain), nil
}

// OpenBytes decrypts what SealBytes made for the same context. It uses the
// ciphertext up.
func (r *Ring) OpenBytes(ctx context.Context, s secret.Sealed, c Context) ([]byte, error) {
	t := scratches.Get().(*scratch)
	defer scratches.Put(t)
	if s.KeyID == heldKey {
		return r.openHeld(t, s, c)
	}
	kek, err := r.kek(ctx, s.KeyID)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	t.aad = c.appendAAD(t.aad[:0], "data key")
	dataKey, err := kek.Open(t.dataKey[:0], nil, s.DataKey, t.aad)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	defer clear(dataKey)
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	t.aad = c.appendAAD(t.aad[:0], "value")
	plain, err := aead.Open(s.Ciphertext[:0], nil, s.Ciphertext, t.aad)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	return plain, nil
}

func (r *Ring) kek(ctx context.Context, id string) (cipher.AEAD, error) {
	if aead, ok := r.keys.Load(id); ok {
		return aead.(cipher.AEAD), nil
	}
	key, err := r.load(ctx, id)
	if err != nil {
		return nil, err
	}
	return r.unwrap(ctx, key)
}

func (r *Ring) unwrap(ctx context.Context, key Key) (cipher.AEAD, error) {
	if aead, ok := r.keys.Load(key.ID); ok {
		return aead.(cipher.AEAD), nil
	}
	raw, err := r.root.Unwrap(ctx, key.Wrapped, keyAAD(key.ID))
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	aead, err := newAEAD(raw)
	if err == nil {
		r.keys.Store(key.ID, aead)
	}
	return aead, err
}

func keyAAD(id string) []byte { return []byte("alberti kms key v1\n" + id) }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// The first byte of the plaintext tells text from bytes, so that the store
// cannot turn one into the other.
const (
	textMark   = 't'
	binaryMark = 'b'
)

func encode(v secret.Value) []byte {
	mark := byte(textMark)
	if v.IsBinary() {
		mark = binaryMark
	}
	return append(append(make([]byte, 0, 1+len(v.Reveal())), mark), v.Reveal()...)
}

func decode(plain []byte) secret.Value {
	if plain[0] == binaryMark {
		return secret.Binary(plain[1:])
	}
	return secret.TextOf(plain[1:])
}

func encryptionFailure(err error) error {
	return fault.Wrap(fault.Encryption, err,
		"Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state.")
}

func decryptionFailure(err error) error {
	return fault.Wrap(fault.Decryption, err,
		"Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
}
