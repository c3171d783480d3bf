package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Trail writes events to a directory, one file a UTC day.
type Trail struct {
	dir string
	now func() time.Time

	calls gathering

	mu     sync.Mutex
	file   *os.File
	day    int64 // since 1970
	broken error // why the last event could not be written
}

// Open makes a trail in a directory, which it creates.
func Open(dir string, now func() time.Time) (*Trail, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	t := &Trail{dir: dir, now: now}
	return t, t.Append()
}

// Append writes events, a line each. When it returns an error, the caller must
// not do, or not answer, what they tell of.
func (t *Trail) Append(events ...[]byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []byte
	if len(events) > 0 {
		all = append(bytes.Join(events, []byte("\n")), '\n')
	}
	t.broken = t.write(all)
	return t.broken
}

func (t *Trail) write(lines []byte) error {
	if err := t.turn(t.now().Unix() / (24 * 60 * 60)); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if _, err := t.file.Write(lines); err != nil {
		t.file.Close()
		t.file = nil // a half line must not be continued
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// turn opens the file of the day. A half line that a crash left is closed.
func (t *Trail) turn(day int64) error {
	if t.file != nil && t.day == day {
		return nil
	}
	name := time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly) + ".jsonl"
	f, err := os.OpenFile(filepath.Join(t.dir, name), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if err := endLine(f); err != nil {
		f.Close()
		return err
	}
	if t.file != nil {
		t.file.Close()
	}
	t.file, t.day = f, day
	return nil
}

func endLine(f *os.File) error {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil || last[0] == '\n' {
		return err
	}
	_, err = f.WriteString("\n")
	return err
}

// Sync makes what was appended durable.
func (t *Trail) Sync() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return t.broken
	}
	return t.file.Sync()
}

// Ready tells whether the last event could be written. A change is refused
// while it could not: its own event, which is committed with it, would pile up
// unseen.
func (t *Trail) Ready() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.broken
}

// Close closes the file.
func (t *Trail) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file == nil {
		return nil
	}
	err := t.file.Sync()
	if closeErr := t.file.Close(); err == nil {
		err = closeErr
	}
	t.file = nil
	return err
}
