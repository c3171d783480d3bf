package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/keyring/keyringtest"
	"github.com/alberti-dev/alberti/secret"
)

func newRoot(t *testing.T) *keyring.Local {
	root, err := keyring.CreateLocal(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestLocal(t *testing.T) { keyringtest.Run(t, newRoot(t), newRoot(t)) }

func TestLocalFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "root.key")
	first, err := keyring.CreateLocal(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if _, err := keyring.CreateLocal(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a root key was overwritten: %v", err)
	}
	again, err := keyring.OpenLocal(path)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, _ := first.Wrap(t.Context(), []byte("key"), nil)
	if got, err := again.Unwrap(t.Context(), wrapped, nil); err != nil || string(got) != "key" {
		t.Errorf("the key read back is another: %q, %v", got, err)
	}
	os.Chmod(path, 0o644)
	if _, err := keyring.OpenLocal(path); err == nil {
		t.Error("a key that everybody can read was taken")
	}
	os.WriteFile(path, []byte("short"), 0o600)
	os.Chmod(path, 0o600)
	if _, err := keyring.OpenLocal(path); err == nil {
		t.Error("a key that is none was taken")
	}
}

// A shelf is the store's part: KMS keys by id.
type shelf map[string]keyring.Key

func (s shelf) load(_ context.Context, id string) (keyring.Key, error) {
	if k, ok := s[id]; ok {
		return k, nil
	}
	return keyring.Key{}, errors.New("no such key")
}

func TestSealOpen(t *testing.T) {
	ctx, root, keys := t.Context(), newRoot(t), shelf{}
	key, err := keyring.New(root, keys.load).Generate(ctx, "k1")
	if err != nil {
		t.Fatal(err)
	}
	keys["k1"] = key
	place := keyring.Context{SecretARN: "arn:a", VersionID: "v1"}
	for _, v := range []secret.Value{secret.Text("hunter2-hunter2"), secret.Binary([]byte("hunter2-hunter2"))} {
		sealed, err := keyring.New(root, keys.load).Seal(ctx, key, place, v)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed.Ciphertext, []byte("hunter2")) {
			t.Error("the value stands in clear")
		}
		open := func(root keyring.Wrapper, place keyring.Context) (secret.Value, error) {
			used := sealed
			used.Ciphertext = bytes.Clone(sealed.Ciphertext)
			return keyring.New(root, keys.load).Open(ctx, used, place)
		}
		for range 2 { // the second time with what the first left
			if got, err := open(root, place); err != nil || !got.Equal(v) {
				t.Errorf("open: equal=%v, %v", got.Equal(v), err)
			}
		}
		for _, wrong := range []keyring.Context{{SecretARN: "arn:b", VersionID: "v1"}, {SecretARN: "arn:a", VersionID: "v2"}} {
			if _, err := open(root, wrong); fault.KindOf(err) != fault.Decryption {
				t.Errorf("opened in the place of another: %v", err)
			}
		}
		if _, err := open(newRoot(t), place); fault.KindOf(err) != fault.Decryption {
			t.Errorf("opened with another root key: %v", err)
		}
	}
}

// TestHold seals a value for the memory of one process: it opens in its place alone,
// and in no other process.
func TestHold(t *testing.T) {
	ring := keyring.New(newRoot(t), shelf{}.load)
	place := keyring.Context{SecretARN: "arn:a", VersionID: "v1"}
	for _, v := range []secret.Value{secret.Text("hunter2-hunter2"), secret.Binary([]byte("hunter2-hunter2"))} {
		held := ring.Hold(place, v)
		if bytes.Contains(held.Ciphertext, []byte("hunter2")) {
			t.Error("the value stands in clear")
		}
		open := func(ring *keyring.Ring, place keyring.Context) (secret.Value, error) {
			used := held
			used.Ciphertext = bytes.Clone(held.Ciphertext)
			return ring.Open(t.Context(), used, place)
		}
		for range 2 {
			if got, err := open(ring, place); err != nil || !got.Equal(v) {
				t.Errorf("open: equal=%v, %v", got.Equal(v), err)
			}
		}
		if _, err := open(ring, keyring.Context{SecretARN: "arn:a", VersionID: "v2"}); fault.KindOf(err) != fault.Decryption {
			t.Errorf("opened in the place of another: %v", err)
		}
		if _, err := open(keyring.New(newRoot(t), shelf{}.load), place); fault.KindOf(err) != fault.Decryption {
			t.Errorf("opened in another process: %v", err)
		}
	}
}

// TestBytes seals what is no value of a secret: it opens in its place alone, and
// nothing is nothing.
func TestBytes(t *testing.T) {
	ring := keyring.New(newRoot(t), nil)
	key, err := ring.Generate(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	place := keyring.Context{SecretARN: "arn", VersionID: "code x"}
	for _, plain := range []string{"", "a zip"} {
		sealed, err := ring.SealBytes(t.Context(), key, place, []byte(plain))
		if err != nil || plain != "" && bytes.Contains(sealed.Ciphertext, []byte(plain)) {
			t.Fatalf("%q, %v", sealed.Ciphertext, err)
		}
		moved := sealed
		moved.Ciphertext = bytes.Clone(sealed.Ciphertext)
		if _, err := ring.OpenBytes(t.Context(), moved, keyring.Context{SecretARN: "arn", VersionID: "code y"}); fault.KindOf(err) != fault.Decryption {
			t.Errorf("opened in another place: %v", err)
		}
		if got, err := ring.OpenBytes(t.Context(), sealed, place); string(got) != plain || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}
