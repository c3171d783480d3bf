package audit_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/audit"
)

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now, _ = time.Parse(time.RFC3339, text)
}

func open(t *testing.T, dir string) (*audit.Trail, *clock) {
	t.Helper()
	c := &clock{}
	c.set("2026-11-21T23:59:59Z")
	trail, err := audit.Open(dir, c.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	})
	return trail, c
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func add(t *testing.T, trail *audit.Trail, events ...string) {
	t.Helper()
	var lines [][]byte
	for _, e := range events {
		lines = append(lines, []byte(e))
	}
	if err := trail.Append(lines...); err != nil {
		t.Fatal(err)
	}
}

func TestDays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "audit")
	trail, now := open(t, dir)
	add(t, trail, `{"n":1}`, `{"n":2}`)
	add(t, trail, `{"n":3}`)
	now.set("2026-11-22T01:30:00+02:00") // still the 21st, UTC
	add(t, trail, `{"n":4}`)
	now.set("2026-11-22T00:00:00Z")
	add(t, trail, `{"n":5}`)
	if err := trail.Sync(); err != nil {
		t.Error(err)
	}
	if got := read(t, dir, "2026-11-21.jsonl"); got != "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n{\"n\":4}\n" {
		t.Errorf("the first day: %q", got)
	}
	if got := read(t, dir, "2026-11-22.jsonl"); got != "{\"n\":5}\n" {
		t.Errorf("the second day: %q", got)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "2026-11-22.jsonl"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// TestHalfLine: what a crash cut off stays a line of its own.
func TestHalfLine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "2026-11-21.jsonl")
	if err := os.WriteFile(file, []byte("{\"n\":1}\n{\"n\":"), 0o600); err != nil {
		t.Fatal(err)
	}
	trail, _ := open(t, dir)
	add(t, trail, `{"n":3}`)
	if got := read(t, file); got != "{\"n\":1}\n{\"n\":\n{\"n\":3}\n" {
		t.Errorf("%q", got)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		trail, _ := open(t, dir)
		add(t, trail, fmt.Sprint(i))
		if err := trail.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := read(t, dir, "2026-11-21.jsonl"); got != "0\n1\n2\n" {
		t.Errorf("%q", got)
	}
}

// TestUnwritable: Ready tells of the last failure until an event can be written
// again, and nothing that was written before is lost.
func TestUnwritable(t *testing.T) {
	for name, block := range map[string]func(file string) error{
		"a full disk": func(file string) error { return os.Symlink("/dev/full", file) },
		"a directory": func(file string) error { return os.Mkdir(file, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			trail, now := open(t, dir)
			add(t, trail, "before")
			now.set("2026-11-22T00:00:00Z")
			file := filepath.Join(dir, "2026-11-22.jsonl")
			if err := block(file); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if err := trail.Append([]byte("lost")); err == nil || !strings.HasPrefix(err.Error(), "audit: ") || trail.Ready() == nil {
					t.Fatalf("append: %v, ready: %v", err, trail.Ready())
				}
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			add(t, trail, "after")
			if err := trail.Ready(); err != nil {
				t.Error(err)
			}
			if got := read(t, dir, "2026-11-21.jsonl") + read(t, file); got != "before\nafter\n" {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "audit")} {
		if _, err := audit.Open(dir, time.Now); err == nil {
			t.Errorf("a trail in %s", dir)
		}
	}
}

// TestAppendAtOnce: lines stay whole.
func TestAppendAtOnce(t *testing.T) {
	dir := t.TempDir()
	trail, _ := open(t, dir)
	var writers sync.WaitGroup
	for i := range 50 {
		writers.Go(func() { add(t, trail, strings.Repeat("x", i*100), strings.Repeat("y", i*100)) })
	}
	writers.Wait()
	lines := strings.Split(read(t, dir, "2026-11-21.jsonl"), "\n")
	if len(lines) != 101 {
		t.Fatalf("%d lines", len(lines))
	}
	for i := 0; i < 100; i += 2 {
		if len(lines[i]) != len(lines[i+1]) || strings.Trim(lines[i], "x") != "" || strings.Trim(lines[i+1], "y") != "" {
			t.Fatalf("lines %d and %d: %d and %d characters", i, i+1, len(lines[i]), len(lines[i+1]))
		}
	}
}
