package store

import (
	"path/filepath"
	"testing"
	"time"
)

// TestCommitsAreSynced: what is acknowledged has been fsynced, which SQLite does for
// the connection that writes only where it is told so, and readers write nothing.
func TestCommitsAreSynced(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Where: filepath.Join(t.TempDir(), "alberti.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, want := range []struct {
		setting string
		value   int
	}{{"synchronous", 2}, {"foreign_keys", 1}, {"busy_timeout", 5000}, {"temp_store", 2}, {"cache_size", -300}} {
		var got int
		if _, err := first(t.Context(), s.writer, []any{&got}, "PRAGMA "+want.setting); err != nil || got != want.value {
			t.Errorf("%s is %d, %v, want %d", want.setting, got, err, want.value)
		}
	}
	<-s.readers.free
	reader := s.readers.pop()
	defer s.readers.add(reader)
	if _, err := reader.exec(t.Context(), "DELETE FROM secrets"); err == nil {
		t.Error("a reader may write")
	}
}

// TestWhatSQLiteCannotTake is refused, and not stored as something else.
func TestWhatSQLiteCannotTake(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Config{Where: filepath.Join(t.TempDir(), "alberti.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var n int
	for what, args := range map[string][]any{"a type": {1.5}, "too few": {}} {
		if _, err := first(t.Context(), s.writer, []any{&n}, "SELECT $1", args...); err == nil {
			t.Errorf("%s: taken", what)
		}
	}
	var f float64
	if _, err := first(t.Context(), s.writer, []any{&f}, "SELECT 1"); err == nil {
		t.Error("a column was read as a type that is not known")
	}
}
