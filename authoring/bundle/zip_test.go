package bundle

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestTooLarge stops at a limit, in the last file or before.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(rand.Text()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := packed(dir, MaxZip)
	if err != nil {
		t.Fatal(err)
	}
	for limit, fits := range map[int]bool{len(whole): true, len(whole) - 1: false, 1: false} {
		if _, err := packed(dir, limit); errors.Is(err, errLarge) == fits || fits && err != nil {
			t.Errorf("%d bytes of at most %d: %v", len(whole), limit, err)
		}
	}
}
