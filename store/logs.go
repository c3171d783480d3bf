package store

import (
	"context"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// LogGroup is the log of one function.
type LogGroup struct {
	Key                   int64
	Account, Region, Name string
	Created               time.Time
	Bytes                 int64 // that its chunks take up
}

// LogChunk is a few lines of one stream, sealed together. Its times are those of
// its first and its last line, at most LogChunkSpan apart.
type LogChunk struct {
	Key         int64
	Stream      string
	First, Last time.Time
	Ingested    time.Time
	Sealed      secret.Sealed
}

// LogChunkSpan is the longest time that a chunk may be about. Who looks for a
// moment has to look at no chunk that begins earlier before it.
const LogChunkSpan = time.Minute

// chunkOverhead is about what a chunk takes up beside what is sealed in it: its
// row and three entries of indexes. Without it a function that logs a word every
// second would cost many times what it is allowed.
const chunkOverhead = 256

func (c LogChunk) bytes() int64 {
	return int64(len(c.Sealed.Ciphertext) + len(c.Sealed.DataKey) + chunkOverhead)
}

// AppendLogs adds chunks to a group, which is made when it is missing, and so are
// their streams. Once the group takes up more than limit bytes the oldest chunks
// go. Who appends to several groups in one transaction does so in the order of
// their accounts, regions and names, lest two servers wait for each other.
func (t *Tx) AppendLogs(account, region, name string, chunks []LogChunk, limit int64) error {
	var added int64
	for _, c := range chunks {
		added += c.bytes()
	}
	g := LogGroup{}
	if _, err := t.first([]any{&g.Key, &g.Bytes}, `INSERT INTO log_groups (account, region, name, created, bytes) VALUES ($1,$2,$3,$4,$5)
ON CONFLICT (account, region, name) DO UPDATE SET bytes = log_groups.bytes + excluded.bytes RETURNING id, bytes`,
		account, region, name, micros(t.now), added); err != nil {
		return err
	}
	for _, c := range chunks {
		if err := t.appendChunk(g.Key, c); err != nil {
			return err
		}
	}
	return t.trimLogs(g, limit)
}

func (t *Tx) appendChunk(group int64, c LogChunk) error {
	var stream int64
	if _, err := t.first([]any{&stream}, `INSERT INTO log_streams (log_group, name, created, first_event, last_event, ingested)
VALUES ($1,$2,$3,$4,$5,$3) ON CONFLICT (log_group, name) DO UPDATE SET ingested = excluded.ingested,
last_event = CASE WHEN excluded.last_event > log_streams.last_event THEN excluded.last_event ELSE log_streams.last_event END
RETURNING id`, group, c.Stream, micros(t.now), micros(c.First), micros(c.Last)); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO log_chunks (log_group, stream, first_event, last_event, ingested, bytes, sealed_by, data_key, ciphertext)
VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)`, group, stream, micros(c.First), micros(c.Last), micros(t.now), c.bytes(),
		c.Sealed.KeyID, c.Sealed.DataKey, c.Sealed.Ciphertext)
	return err
}

// removedAtOnce bounds the chunks that go in one transaction, so that nobody who
// writes a secret waits long for it. It is more than come in one.
const removedAtOnce = 512

// trimLogs removes the oldest chunks of a group that has become too large, and a
// little more, so that not every commit has to.
func (t *Tx) trimLogs(g LogGroup, limit int64) error {
	if g.Bytes <= limit {
		return nil
	}
	left := g.Bytes
	_, err := t.removeChunks(g.Key, func(c LogChunk, bytes int64) bool {
		remove := left > limit-limit/16
		left -= bytes
		return remove
	}, `SELECT id, first_event, last_event, bytes FROM log_chunks WHERE log_group = $1 ORDER BY first_event, id LIMIT $2`)
	return err
}

// removeChunks removes the chunks of a group that a query finds, as long as each
// says so, and the streams that have none left. It tells how many it removed.
func (t *Tx) removeChunks(group int64, each func(c LogChunk, bytes int64) bool, query string) (int, error) {
	var keys []int64
	var freed int64
	going := true
	err := t.query(func(scan func(...any) error) error {
		var c LogChunk
		var first, last, bytes int64
		if err := scan(&c.Key, &first, &last, &bytes); err != nil {
			return err
		}
		c.First, c.Last = fromMicros(first), fromMicros(last)
		if going = going && each(c, bytes); going {
			keys, freed = append(keys, c.Key), freed+bytes
		}
		return nil
	}, query, group, removedAtOnce)
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	for _, key := range keys {
		if _, err := t.exec(`DELETE FROM log_chunks WHERE id = $1`, key); err != nil {
			return 0, err
		}
	}
	if _, err := t.exec(`UPDATE log_groups SET bytes = bytes - $2 WHERE id = $1`, group, freed); err != nil {
		return 0, err
	}
	_, err = t.exec(`DELETE FROM log_streams WHERE log_group = $1
AND NOT EXISTS (SELECT 1 FROM log_chunks c WHERE c.stream = log_streams.id)`, group)
	return len(keys), err
}

// ExpireLogs removes the chunks whose last line is older than before, a few of
// each group at a time. It tells whether there may be more.
func (s *Store) ExpireLogs(ctx context.Context, before time.Time) (more bool, err error) {
	var groups []int64
	if err := s.View(ctx, func(tx *Tx) error {
		return tx.query(func(scan func(...any) error) error {
			var key int64
			err := scan(&key)
			groups = append(groups, key)
			return err
		}, `SELECT id FROM log_groups g WHERE EXISTS (SELECT 1 FROM log_chunks c WHERE c.log_group = g.id AND c.last_event < $1)`,
			micros(before))
	}); err != nil {
		return false, err
	}
	for _, group := range groups {
		if err := s.Update(ctx, func(tx *Tx) error {
			// The group first, as AppendLogs does, lest they wait for each other.
			if there, err := tx.first([]any{&group}, `SELECT id FROM log_groups WHERE id = $1`+tx.dialect.lockRow, group); err != nil || !there {
				return err
			}
			n, err := tx.removeChunks(group, func(c LogChunk, _ int64) bool { return c.Last.Before(before) },
				`SELECT id, first_event, last_event, bytes FROM log_chunks WHERE log_group = $1 ORDER BY last_event, id LIMIT $2`)
			more = more || n == removedAtOnce
			return err
		}); err != nil {
			return false, err
		}
	}
	return more, nil
}

// DeleteLogGroup removes a group with all that is in it.
func (t *Tx) DeleteLogGroup(group int64) error {
	_, err := t.exec(`DELETE FROM log_groups WHERE id = $1`, group)
	return err
}

// DeleteLogStream removes a stream of a group. It tells whether there was one.
func (t *Tx) DeleteLogStream(group int64, name string) (bool, error) {
	if _, err := t.exec(`UPDATE log_groups SET bytes = bytes - (SELECT COALESCE(SUM(c.bytes), 0) FROM log_chunks c
JOIN log_streams s ON s.id = c.stream WHERE s.log_group = $1 AND s.name = $2) WHERE id = $1`, group, name); err != nil {
		return false, err
	}
	n, err := t.exec(`DELETE FROM log_streams WHERE log_group = $1 AND name = $2`, group, name)
	return n > 0, err
}
