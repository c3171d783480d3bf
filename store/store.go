// Package store keeps everything that Alberti knows, in SQLite or PostgreSQL,
// with one SQL text for both.
//
// Writes go through Update: the operation loads a secret, the domain changes
// it, and the secret, its rotation and the audit event are committed together.
// When Update returns nil the commit has been fsynced. On SQLite one writer runs
// the queued updates, each in a savepoint, and commits several at once; on
// PostgreSQL they are transactions that lock the row of the secret.
//
// Reads go through View, except the read of a value, which mostly takes one search
// (value.go), and on SQLite mostly no statement at all (cache.go).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Config says where the store is.
type Config struct {
	// Where is a PostgreSQL URL (postgres://…) or the path of a SQLite file.
	Where string
	Now   func() time.Time
	// AtOpening has rotations start when their window opens (secret.Rotation).
	AtOpening bool
	// Reached, unless nil, hears of every point at which a crash is to be
	// survived; tests crash there.
	Reached func(Point)
}

// Point is a moment in the life of a commit.
type Point string

// The points: with a commit and all its updates ready, and with it durable and
// nobody told.
const (
	Committing Point = "committing"
	Committed  Point = "committed"
)

// Store is an open database.
type Store struct {
	now               func() time.Time
	atOpening         bool
	reached           func(Point)
	db                *sql.DB // nil on SQLite
	dialect           *dialect
	readers           *readers    // nil where any connection of the pool reads
	writer            *sqliteConn // SQLite: the one connection that writes
	queue             chan *update
	cache             *cache // nil where other servers may write
	touched           touches
	behind            chan struct{} // see Behind
	closing           chan struct{} // closed when no more work is taken
	ended             chan struct{} // closed when the writer may end
	touchers, writers sync.WaitGroup
}

// Open opens the database and brings its schema up to date. It refuses a schema
// newer than the program and leaves it as it is.
func Open(ctx context.Context, c Config) (*Store, error) {
	d, where := &sqliteDialect, c.Where
	if IsPostgres(where) {
		d = &postgresDialect
	}
	db, err := sql.Open(d.driver, d.dataSource(where))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := migrate(ctx, db, d); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{now: c.Now, atOpening: c.AtOpening, reached: c.Reached, dialect: d,
		behind: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{})}
	if s.reached == nil {
		s.reached = func(Point) {}
	}
	s.touched.init()
	if d.exclusive {
		if err := errors.Join(s.openExclusive(where), db.Close()); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
	} else {
		s.db = db
		db.SetMaxOpenConns(sharedConns)
		db.SetMaxIdleConns(sharedConns)
	}
	s.touchers.Go(s.flushTouches)
	if err := s.addMissingTerms(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// sharedConns bounds what one server takes of a PostgreSQL's connections.
const sharedConns = 16

// openExclusive sets up the single writer, its readers and the cache.
func (s *Store) openExclusive(path string) (err error) {
	const readerConns = 2
	if s.writer, err = openSQLite(path); err != nil {
		return err
	}
	s.cache = newCache()
	s.readers = &readers{free: make(chan struct{}, readerConns)}
	for opened := range readerConns {
		r, err := openReader(path)
		if err != nil {
			return errors.Join(err, s.readers.close(opened), s.writer.close())
		}
		s.readers.add(r)
	}
	s.queue = make(chan *update, maxBatch)
	s.writers.Go(s.writeQueued)
	return nil
}

// Exclusive tells whether no other server can use this store.
func (s *Store) Exclusive() bool { return s.dialect.exclusive }

// Close waits for what was queued, then closes the database.
func (s *Store) Close() error {
	close(s.touched.ended)
	s.touchers.Wait()
	close(s.closing)
	close(s.ended)
	s.writers.Wait()
	if s.writer == nil {
		return s.db.Close()
	}
	return errors.Join(s.writer.close(), s.readers.close(cap(s.readers.free)))
}

// View runs reads that see one moment of the store.
func (s *Store) View(ctx context.Context, fn func(*Tx) error) error {
	on, done, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer done()
	if s.readers != nil { // which shows one moment anyway
		return fn(s.newTx(ctx, on))
	}
	if _, err := on.exec(ctx, s.dialect.beginView); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	err = fn(s.newTx(ctx, on))
	_, endErr := on.exec(context.WithoutCancel(ctx), "ROLLBACK") // pgx would break the connection off instead
	return errors.Join(err, endErr)
}

// connection is one connection to the database.
type connection interface {
	// exec runs a statement, and tells how many rows an INSERT, UPDATE or DELETE
	// was about.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	// insert runs an INSERT of one row, and gives the id that the row got.
	insert(ctx context.Context, query string, args ...any) (id int64, err error)
	// query runs a statement and has each scan each of its rows.
	query(ctx context.Context, each func(scan func(...any) error) error, query string, args ...any) error
}

// reader is a connection that is nobody else's until it is done with.
func (s *Store) reader(ctx context.Context) (connection, func(), error) {
	if s.readers == nil {
		return s.pooled(ctx)
	}
	r, err := s.readers.take(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("store: %w", err)
	}
	return r, func() { s.readers.giveBack(r) }, nil
}

func (s *Store) pooled(ctx context.Context) (connection, func(), error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("store: %w", err)
	}
	return &session{conn: conn}, func() { conn.Close() }, nil
}

// Ready tells whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	on, done, err := s.reader(ctx)
	if err != nil {
		return err
	}
	defer done()
	var one int
	_, err = first(ctx, on, []any{&one}, "SELECT 1")
	return err
}

// Tx is one transaction. Its Now is the same from beginning to end.
type Tx struct {
	ctx     context.Context
	on      connection
	dialect *dialect
	now     time.Time
	write   bool
	opening bool             // Config.AtOpening
	loaded  map[int64]loaded // secrets as they were read, to save only what changed
	changed []cacheKey       // names whose cached values are stale after the commit
	behind  bool             // it left replicas with something to copy
}

func (s *Store) newTx(ctx context.Context, on connection) *Tx {
	return &Tx{ctx: ctx, on: on, dialect: s.dialect, now: s.Now(), opening: s.atOpening, loaded: map[int64]loaded{}}
}

// Now is the transaction's one moment, in UTC and whole microseconds, as it will
// be read back. The wire shows milliseconds (secrets-manager.md, 1.1).
func (t *Tx) Now() time.Time { return t.now }

// Now is the store's clock, in UTC and whole microseconds.
func (s *Store) Now() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

func (t *Tx) exec(query string, args ...any) (int64, error) {
	n, err := t.on.exec(t.ctx, query, args...)
	return n, t.fault(err)
}

// insert writes a row that gets its id here.
func (t *Tx) insert(id *int64, query string, args ...any) (err error) {
	*id, err = t.on.insert(t.ctx, query, args...)
	return t.fault(err)
}

// query runs a statement and scans each of its rows with each.
func (t *Tx) query(each func(scan func(...any) error) error, query string, args ...any) error {
	if err := t.ctx.Err(); err != nil {
		return err
	}
	return t.fault(t.on.query(t.ctx, each, query, args...))
}

// first scans the first row, and tells whether there was one.
func (t *Tx) first(dest []any, query string, args ...any) (bool, error) {
	there, err := first(t.ctx, t.on, dest, query, args...)
	return there, t.fault(err)
}

var errEnough = errors.New("store: no more rows are needed")

func first(ctx context.Context, on connection, dest []any, query string, args ...any) (there bool, err error) {
	err = on.query(ctx, func(scan func(...any) error) error {
		if err := scan(dest...); err != nil {
			return err
		}
		there = true
		return errEnough
	}, query, args...)
	if err == errEnough {
		err = nil
	}
	return there, err
}

func (t *Tx) fault(err error) error {
	if err != nil && t.dialect.taken(err) {
		return fault.Wrap(fault.AlreadyExists, err, "The resource already exists.")
	}
	return err
}
