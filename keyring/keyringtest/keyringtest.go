// Package keyringtest is what every guard of the root key must pass.
package keyringtest

import (
	"bytes"
	"testing"

	"github.com/alberti-dev/alberti/keyring"
)

// Run holds a Wrapper to its promises. other is one of the same kind with
// another key.
func Run(t *testing.T, w, other keyring.Wrapper) {
	ctx := t.Context()
	key, aad := bytes.Repeat([]byte{7}, 32), []byte("where it belongs")
	wrapped, err := w.Wrap(ctx, key, aad)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(wrapped, key) {
		t.Error("the key stands in clear in its wrapping")
	}
	if got, err := w.Unwrap(ctx, wrapped, aad); err != nil || !bytes.Equal(got, key) {
		t.Errorf("unwrap: %x, %v", got, err)
	}
	if again, _ := w.Wrap(ctx, key, aad); bytes.Equal(again, wrapped) {
		t.Error("two wrappings of one key are equal")
	}
	if _, err := w.Unwrap(ctx, wrapped, []byte("elsewhere")); err == nil {
		t.Error("unwrapped with other additional data")
	}
	if _, err := other.Unwrap(ctx, wrapped, aad); err == nil {
		t.Error("unwrapped with another root key")
	}
	for i := range wrapped {
		spoiled := bytes.Clone(wrapped)
		spoiled[i] ^= 1
		if _, err := w.Unwrap(ctx, spoiled, aad); err == nil {
			t.Fatalf("unwrapped although byte %d was changed", i)
		}
	}
}
