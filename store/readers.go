package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// readers are SQLite's connections for reading. To begin and to end a transaction
// costs a read as much as a search does, so a reader that has done its work keeps
// the transaction open, and with it the moment that it shows, for the next.
// A commit ends that: what it has changed is to be seen by whoever comes after
// it, and a moment that is kept holds up the write-ahead log.
type readers struct {
	free    chan struct{} // one for each that is idle
	mu      sync.Mutex
	idle    []*reader     // the last is taken first: what it needs is still in the CPU's caches
	commits atomic.Uint64 // those begun and those ended: odd while one is under way
}

// reader is one of them.
type reader struct {
	*sqliteConn
	inside bool   // of a transaction that is kept for the next read
	shows  uint64 // how many commits it began after
}

func openReader(path string) (*reader, error) {
	c, err := openSQLite(path)
	if err != nil {
		return nil, err
	}
	if _, err := c.exec(context.Background(), "PRAGMA query_only = 1"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return &reader{sqliteConn: c}, nil
}

// take waits for a reader, and gives it a transaction that shows every commit so
// far.
func (r *readers) take(ctx context.Context) (*reader, error) {
	select {
	case <-r.free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	one := r.pop()
	if err := one.show(r.commits.Load()); err != nil {
		r.add(one)
		return nil, err
	}
	return one, nil
}

// pop is for who has received from free.
func (r *readers) pop() *reader {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.idle) - 1
	one := r.idle[last]
	r.idle = r.idle[:last]
	return one
}

func (r *readers) add(one *reader) {
	r.mu.Lock()
	r.idle = append(r.idle, one)
	r.mu.Unlock()
	r.free <- struct{}{}
}

func (r *readers) giveBack(one *reader) {
	if one.shows%2 != 0 || one.shows != r.commits.Load() {
		one.showNothing()
	}
	r.add(one)
}

// beforeCommit has the readers that are free let go of the log, and the others do
// so when they have done their work.
func (r *readers) beforeCommit() {
	r.commits.Add(1)
	var quiet []*reader
	for {
		select {
		case <-r.free:
			one := r.pop()
			one.showNothing()
			quiet = append(quiet, one)
			continue
		default:
		}
		break
	}
	for _, one := range quiet {
		r.add(one)
	}
}

// afterCommit comes before anybody is told of the commit.
func (r *readers) afterCommit() { r.commits.Add(1) }

// show opens a transaction that began after so many commits, unless one is open.
func (r *reader) show(commits uint64) error {
	if r.inside && r.shows == commits {
		return nil
	}
	r.showNothing()
	_, err := r.exec(context.Background(), sqliteDialect.beginView)
	r.inside, r.shows = err == nil, commits
	return err
}

// showNothing ends the transaction, if one is open. SQLite refuses only where it
// has ended it by itself.
func (r *reader) showNothing() {
	if r.inside {
		_, _ = r.exec(context.Background(), "ROLLBACK")
		r.inside = false
	}
}

// close waits for so many to be free.
func (r *readers) close(n int) (err error) {
	for range n {
		<-r.free
		err = errors.Join(err, r.pop().close())
	}
	return err
}
