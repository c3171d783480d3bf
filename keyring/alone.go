package keyring

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// SealAlone encrypts under a data key of its own that the root key itself wraps:
// for what must open without anything from the store.
func SealAlone(ctx context.Context, root Wrapper, plain, aad []byte) ([]byte, error) {
	dataKey := make([]byte, 32)
	rand.Read(dataKey)
	defer clear(dataKey)
	wrapped, err := root.Wrap(ctx, dataKey, aad)
	if err != nil {
		return nil, encryptionFailure(err)
	}
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, encryptionFailure(err)
	}
	out := append(binary.AppendUvarint(nil, uint64(len(wrapped))), wrapped...)
	return aead.Seal(out, nil, plain, aad), nil
}

// OpenAlone decrypts what SealAlone made with the same additional data.
func OpenAlone(ctx context.Context, root Wrapper, sealed, aad []byte) ([]byte, error) {
	length, n := binary.Uvarint(sealed)
	if n <= 0 || length > uint64(len(sealed)-n) {
		return nil, decryptionFailure(errors.New("cut off"))
	}
	wrapped, rest := sealed[n:n+int(length)], sealed[n+int(length):]
	dataKey, err := root.Unwrap(ctx, wrapped, aad)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	defer clear(dataKey)
	aead, err := newAEAD(dataKey)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	plain, err := aead.Open(nil, nil, rest, aad)
	if err != nil {
		return nil, decryptionFailure(err)
	}
	return plain, nil
}
