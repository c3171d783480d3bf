package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"net/http"
	"strings"
	"sync"
)

// signingKey is the key of one access key, day, region and service, ready to
// sign. It is safe for concurrent use.
type signingKey struct {
	secret string    // what it was derived from: the key of a renewed secret differs
	macs   sync.Pool // of *mac
}

// mac is the scratch space of one signature.
type mac struct {
	hash.Hash
	text []byte
	sum  [sha256.Size]byte
}

func deriveKey(c Credential, secret string) *signingKey {
	key := []byte("AWS4" + secret)
	for _, part := range []string{c.Date, c.Region, c.Service, terminator} {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	k := &signingKey{secret: secret}
	k.macs.New = func() any { return &mac{Hash: hmac.New(sha256.New, key)} }
	return k
}

// signature is a signature in lower-case hexadecimal.
type signature [2 * sha256.Size]byte

// sign makes the signature of r as stamped (see stampFormat) for c's scope.
func (k *signingKey) sign(r *http.Request, signedHeaders, stamp string, c Credential, bodyHash []byte) (s signature) {
	m := k.macs.Get().(*mac)
	defer k.macs.Put(m)

	m.text = appendCanonicalRequest(m.text[:0], r, signedHeaders, bodyHash)
	m.sum = sha256.Sum256(m.text)
	m.text = appendStringToSign(m.text[:0], stamp, c, m.sum[:])
	m.Reset()
	m.Write(m.text)
	hex.Encode(s[:], m.Sum(m.sum[:0]))
	return s
}

func appendStringToSign(b []byte, stamp string, c Credential, requestHash []byte) []byte {
	b = append(b, algorithm+"\n"...)
	b = append(b, stamp...)
	b = append(b, '\n')
	for _, part := range [...]string{c.Date, c.Region, c.Service} {
		b = append(b, part...)
		b = append(b, '/')
	}
	b = append(b, terminator+"\n"...)
	return hex.AppendEncode(b, requestHash)
}

// bodyHash is the SHA-256 of a body in lower-case hexadecimal.
func bodyHash(body []byte) (h signature) {
	sum := sha256.Sum256(body)
	hex.Encode(h[:], sum[:])
	return h
}

// maxKeys bounds a keyCache. A key in use takes two or three kilobytes.
const maxKeys = 4096

// keyCache keeps derived keys; the zero value is ready.
type keyCache struct {
	mu   sync.RWMutex
	keys map[Credential]*signingKey
}

// key finds or derives a signing key. It does not keep a derived one, see keep.
func (c *keyCache) key(cred Credential, secret string) (k *signingKey, kept bool) {
	c.mu.RLock()
	k = c.keys[cred]
	c.mu.RUnlock()
	if k != nil && k.secret == secret {
		return k, true
	}
	return deriveKey(cred, secret), false
}

// keep caches a key. The verifier calls it only after a good signature, so
// strangers can neither fill the cache nor empty it.
func (c *keyCache) keep(cred Credential, k *signingKey) {
	// The fields are parts of a whole header, which would live as long as they.
	cred = Credential{
		AccessKeyID: strings.Clone(cred.AccessKeyID),
		Date:        strings.Clone(cred.Date),
		Region:      strings.Clone(cred.Region),
		Service:     strings.Clone(cred.Service),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		// Every key is new each day anyway: starting over is eviction enough.
		c.keys = make(map[Credential]*signingKey)
	}
	c.keys[cred] = k
}
