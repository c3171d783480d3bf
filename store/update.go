package store

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
)

// maxBatch bounds how many updates share one commit.
const maxBatch = 128

type update struct {
	ctx  context.Context
	fn   func(*Tx) error
	done chan error
}

var errClosed = errors.New("store: closed")

// Update runs fn in a transaction and commits what it did, unless it returns an
// error. nil means that the commit is durable. fn must not keep the Tx, nor
// wait for anything but the store.
func (s *Store) Update(ctx context.Context, fn func(*Tx) error) error {
	fn, then := withAlong(ctx, fn)
	err := s.update(ctx, fn)
	if err == nil {
		then()
	}
	return err
}

func (s *Store) update(ctx context.Context, fn func(*Tx) error) error {
	if s.queue == nil {
		return s.updateAlone(ctx, fn)
	}
	u := &update{ctx: ctx, fn: fn, done: make(chan error, 1)}
	select {
	case s.queue <- u:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.closing:
		return errClosed
	}
	// From here on the answer is awaited whatever happens to the caller: an
	// update that was committed must not be reported as one that was not.
	return <-u.done
}

// updateAlone is a transaction of its own, on PostgreSQL.
func (s *Store) updateAlone(ctx context.Context, fn func(*Tx) error) error {
	on, done, err := s.pooled(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := on.exec(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	tx := s.newTx(ctx, on)
	tx.write = true
	if err := guarded(fn, tx); err != nil {
		_, endErr := on.exec(context.WithoutCancel(ctx), "ROLLBACK")
		return errors.Join(err, endErr)
	}
	s.reached(Committing)
	if _, err := on.exec(context.WithoutCancel(ctx), "COMMIT"); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	s.reached(Committed)
	s.noteBehind(tx)
	return nil
}

// writeQueued is SQLite's one writer.
func (s *Store) writeQueued() {
	for {
		select {
		case u := <-s.queue:
			s.writeBatch(s.drain([]*update{u}))
		case <-s.ended:
			if rest := s.drain(nil); len(rest) > 0 {
				s.writeBatch(rest)
				continue
			}
			return
		}
	}
}

func (s *Store) drain(batch []*update) []*update {
	for len(batch) < maxBatch {
		select {
		case u := <-s.queue:
			batch = append(batch, u)
		default:
			return batch
		}
	}
	return batch
}

// writeBatch runs updates, each in its savepoint, and commits them together.
func (s *Store) writeBatch(batch []*update) {
	for len(batch) > 0 {
		batch = s.writeTogether(batch)
	}
}

// writeTogether commits what it can of a batch in one transaction, and gives the
// rest of the batch. There is one where SQLite has ended the transaction by itself,
// as it may where the disk is full.
func (s *Store) writeTogether(batch []*update) (rest []*update) {
	ctx := context.Background()
	if _, err := s.writer.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		answer(batch, fmt.Errorf("store: %w", err))
		return nil
	}
	kept := batch[:0]
	var done []*Tx
	for i, u := range batch {
		tx, err := s.writeOne(ctx, u)
		if err != nil {
			u.done <- err
			if s.writer.ended() {
				answer(kept, fmt.Errorf("store: rolled back with another update: %w", err))
				return batch[i+1:]
			}
			continue
		}
		kept, done = append(kept, u), append(done, tx)
	}
	answer(kept, s.commit(ctx, done))
	return nil
}

func (s *Store) commit(ctx context.Context, done []*Tx) error {
	s.reached(Committing)
	s.readers.beforeCommit()
	_, err := s.writer.exec(ctx, "COMMIT")
	s.readers.afterCommit()
	if err == nil {
		s.reached(Committed)
	} else {
		_, rollback := s.writer.exec(ctx, "ROLLBACK")
		err = fmt.Errorf("store: commit: %w", errors.Join(err, rollback))
	}
	s.written(done)
	return err
}

// written tells those who go by what is in the store that it has changed.
func (s *Store) written(by []*Tx) {
	var stale []cacheKey
	for _, tx := range by {
		stale = append(stale, tx.changed...)
		s.noteBehind(tx)
	}
	s.cache.drop(stale)
}

func (s *Store) writeOne(ctx context.Context, u *update) (*Tx, error) {
	if err := u.ctx.Err(); err != nil {
		return nil, err
	}
	if _, err := s.writer.exec(ctx, "SAVEPOINT one"); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	tx := s.newTx(ctx, s.writer)
	tx.write = true
	err := guarded(u.fn, tx)
	if err != nil {
		_, rollback := s.writer.exec(ctx, "ROLLBACK TO one")
		err = errors.Join(err, rollback)
	}
	_, release := s.writer.exec(ctx, "RELEASE one")
	return tx, errors.Join(err, release)
}

// guarded turns a panic of one update into its error: the others of the batch
// are not to suffer from it.
func guarded(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: update panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn(tx)
}

func answer(batch []*update, err error) {
	for _, u := range batch {
		u.done <- err
	}
}
