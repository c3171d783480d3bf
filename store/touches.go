package store

import (
	"context"
	"sync"
	"time"
)

// touches are reads of values whose day, or whose row in current_values, is still
// to be written. They are gathered and written in batches, never on the path of
// the read.
type touches struct {
	mu      sync.Mutex
	pending map[touch]time.Time
	wake    chan struct{}
	ended   chan struct{} // closed when nothing is read any more
}

type touch struct {
	name    cacheKey
	key     int64
	version string
}

func (t *touches) init() {
	t.pending, t.wake, t.ended = map[touch]time.Time{}, make(chan struct{}, 1), make(chan struct{})
}

// Touch records that a value was read on a day (LastAccessedDate,
// secrets-manager.md, 2.0), when the store does not know it yet, and has the next
// read find the value in one search.
func (s *Store) Touch(f *Found, now time.Time) {
	day := now.UTC().Truncate(24 * time.Hour)
	known := f.Accessed.Equal(day) && f.VersionAccessed.Equal(day)
	if known && !f.searched {
		return
	}
	t := touch{keyOfARN(f.ARN), f.Key, f.VersionID}
	s.touched.mu.Lock()
	defer s.touched.mu.Unlock()
	if s.touched.pending[t].Equal(day) || known && len(s.touched.pending) >= rowsPending {
		return
	}
	s.touched.pending[t] = day
	select {
	case s.touched.wake <- struct{}{}:
	default:
	}
}

// rowsPending bounds what waits for nothing but its row: reads may be faster than
// these are written, and a row can as well come with a later read.
const rowsPending = 2000

// gather is how long days are gathered for one commit.
const gather = 100 * time.Millisecond

func (s *Store) flushTouches() {
	for {
		select {
		case <-s.touched.wake:
		case <-s.touched.ended:
			return
		}
		select {
		case <-time.After(gather):
		case <-s.touched.ended:
		}
		s.writeTouches()
	}
}

func (s *Store) writeTouches() {
	for {
		batch := s.touched.take(200) // SQLite remembers all their pages, to undo them
		if len(batch) == 0 {
			return
		}
		// A day that could not be written is written at the next read.
		_ = s.Update(context.Background(), func(tx *Tx) error {
			for t, day := range batch {
				if err := tx.touch(t, day); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

func (t *touches) take(limit int) map[touch]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := map[touch]time.Time{}
	for k, day := range t.pending {
		if len(out) == limit {
			break
		}
		out[k] = day
		delete(t.pending, k)
	}
	return out
}

// touch writes one day down. A batch takes secrets in any order, so it waits for
// none that is locked: whoever holds it may wait for one that the batch has.
func (t *Tx) touch(what touch, day time.Time) error {
	free, err := t.first([]any{&what.key}, `SELECT id FROM secrets WHERE id = $1`+t.dialect.skipLocked, what.key)
	if err != nil || !free {
		return err
	}
	t.changed = append(t.changed, what.name)
	if _, err := t.exec(`UPDATE secrets SET accessed = $2 WHERE id = $1 AND accessed < $2`, what.key, micros(day)); err != nil {
		return err
	}
	_, err = t.exec(`UPDATE versions SET accessed = $3 WHERE secret = $1 AND id = $2 AND accessed < $3`,
		what.key, what.version, micros(day))
	if err != nil {
		return err
	}
	return t.putReadily(what.name)
}
