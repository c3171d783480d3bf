package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func openTrail(t *testing.T) (trail *Trail, file string) {
	t.Helper()
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	file = filepath.Join(t.TempDir(), "2026-11-21.jsonl")
	trail, err := Open(filepath.Dir(file), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { trail.Close() })
	return trail, file
}

// together has so many calls join one batch, and gives what each came to.
func together(trail *Trail, n int) []error {
	trail.mu.Lock() // nothing can be written yet
	errs := make([]error, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { errs[i] = trail.Call(Event{RequestID: fmt.Sprintf("r-%d.", i)}, trail.now()) })
	}
	for joined := 0; joined < n; runtime.Gosched() {
		trail.calls.mu.Lock()
		if trail.calls.open != nil {
			joined = trail.calls.open.calls
		}
		trail.calls.mu.Unlock()
	}
	trail.mu.Unlock()
	calls.Wait()
	return errs
}

// TestCallsTogether: calls that share a write each have their line.
func TestCallsTogether(t *testing.T) {
	trail, file := openTrail(t)
	const n = 40
	for range 2 { // the second time over buffers that were used
		if err := errors.Join(together(trail, n)...); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines != 2*n {
		t.Errorf("%d lines", lines)
	}
	for i := range n {
		if times := strings.Count(string(text), fmt.Sprintf(`"requestID":"r-%d."`, i)); times != 2 {
			t.Errorf("call %d is %d times in the trail", i, times)
		}
	}
}

// TestCallsTogetherFail: no call that shares a write that failed is answered.
func TestCallsTogetherFail(t *testing.T) {
	trail, file := openTrail(t)
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	trail.file.Close()
	trail.file = full
	for i, err := range together(trail, 20) {
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if trail.Ready() == nil {
		t.Error("ready")
	}
	if err := trail.Call(Event{RequestID: "after"}, trail.now()); err != nil || trail.Ready() != nil {
		t.Errorf("%v, %v", err, trail.Ready())
	}
	if text, err := os.ReadFile(file); err != nil || strings.Count(string(text), "\n") != 1 || !strings.Contains(string(text), "after") {
		t.Errorf("%s, %v", text, err)
	}
}

// TestCallsApart: calls that come at any time, many of them, lose no line.
func TestCallsApart(t *testing.T) {
	trail, file := openTrail(t)
	const callers, each = 16, 50
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range each {
				if err := trail.Call(Event{RequestID: "r"}, trail.now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, `{"eventVersion"`) || !strings.HasSuffix(line, "}\n") {
			t.Fatalf("%q", line)
		}
	}
	if lines := strings.Count(string(text), "\n"); lines != callers*each {
		t.Errorf("%d lines", lines)
	}
}
