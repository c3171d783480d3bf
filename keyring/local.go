package keyring

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Local is a root key in a file: 32 bytes, base64, readable by its owner only.
type Local struct{ aead cipher.AEAD }

// OpenLocal reads a root key file. It refuses one that everybody may read.
func OpenLocal(path string) (*Local, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("root key %s can be read by everybody (mode %04o): chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	defer clear(text)
	key, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("root key %s is not 32 bytes in base64", path)
	}
	defer clear(key)
	return newLocal(key)
}

// CreateLocal draws a root key and writes it to a new file, durably: what it
// wraps is worth nothing without it.
func CreateLocal(path string) (*Local, error) {
	key := make([]byte, 32)
	rand.Read(key)
	defer clear(key)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	err = errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return newLocal(key)
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func newLocal(key []byte) (*Local, error) {
	aead, err := newAEAD(key)
	return &Local{aead: aead}, err
}

// Wrap implements Wrapper.
func (l *Local) Wrap(_ context.Context, key, aad []byte) ([]byte, error) {
	return l.aead.Seal(nil, nil, key, aad), nil
}

// Unwrap implements Wrapper.
func (l *Local) Unwrap(_ context.Context, wrapped, aad []byte) ([]byte, error) {
	return l.aead.Open(nil, nil, wrapped, aad)
}
