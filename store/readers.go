package store

import (
	"context"
	"sync/atomic"
)

// readers are SQLite's connections for reading. To begin and to end a transaction
// costs a read as much as a search does, so a reader that has done its work keeps
// the transaction open, and with it the moment that it shows, for the next.
// A commit ends that: what it has changed is to be seen by whoever comes after
// it, and a moment that is kept holds up the write-ahead log.
type readers struct {
	free    chan *session
	commits atomic.Uint64 // those begun and those ended: odd while one is under way
}

// take waits for a reader, and gives it a transaction that shows every commit so
// far.
func (r *readers) take(ctx context.Context) (*session, error) {
	select {
	case s := <-r.free:
		if err := s.show(r.commits.Load()); err != nil {
			r.free <- s
			return nil, err
		}
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *readers) giveBack(s *session) {
	if s.shows%2 != 0 || s.shows != r.commits.Load() {
		s.showNothing()
	}
	r.free <- s
}

// beforeCommit has the readers that are free let go of the log, and the others do
// so when they have done their work.
func (r *readers) beforeCommit() {
	r.commits.Add(1)
	for range cap(r.free) {
		select {
		case s := <-r.free:
			s.showNothing()
			r.free <- s
		default:
			return
		}
	}
}

// afterCommit comes before anybody is told of the commit.
func (r *readers) afterCommit() { r.commits.Add(1) }

// show opens a transaction that began after so many commits, unless one is open.
func (s *session) show(commits uint64) error {
	if s.inside && s.shows == commits {
		return nil
	}
	s.showNothing()
	_, err := s.exec(context.Background(), sqliteDialect.beginView)
	s.inside, s.shows = err == nil, commits
	return err
}

// showNothing ends the transaction, if one is open. SQLite refuses only where it
// has ended it by itself.
func (s *session) showNothing() {
	if s.inside {
		_, _ = s.exec(context.Background(), "ROLLBACK")
		s.inside = false
	}
}
