package store

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// clockAhead is the name under which a deployment keeps how far its test clock
// was put ahead.
const clockAhead = "test clock ahead"

// ClockAhead is how far ahead of the real time the store's dates were made, zero
// where no test clock was ever moved. It lies with the dates, for they make no
// sense without it: a store that is copied, or whose server is killed, has both
// or neither.
func (t *Tx) ClockAhead() (time.Duration, error) {
	text, err := t.Deployment(clockAhead)
	if err != nil || text == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		err = fmt.Errorf("store: %s: %w", clockAhead, err)
	}
	return time.Duration(n), err
}

// SetClockAhead keeps it; it is committed before the clock is moved.
func (t *Tx) SetClockAhead(ahead time.Duration) error {
	text := strconv.FormatInt(int64(ahead), 10)
	_, err := t.exec(`INSERT INTO deployment (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`, clockAhead, []byte(text))
	return err
}

// Mark is a place in the history of a store, see [Tx.Since].
type Mark struct {
	at               time.Time
	rotation, secret int64
	secrets          int64
}

// Tally counts what happened from a mark on. Test rotations do not count.
type Tally struct {
	Started   int64 // rotations, whoever asked for them
	Succeeded int64 // rotations
	Failed    int64 // attempts
	Removed   int64 // secrets that were there at the mark and are gone
}

// Mark is here and now.
func (t *Tx) Mark() (Mark, error) {
	m := Mark{at: t.now}
	_, rotations := t.first([]any{&m.rotation}, `SELECT COALESCE(MAX(id), 0) FROM rotations`)
	_, secrets := t.first([]any{&m.secret, &m.secrets}, `SELECT COALESCE(MAX(id), 0), COUNT(*) FROM secrets`)
	return m, errors.Join(rotations, secrets)
}

// Since counts from a mark. It looks through the whole history.
func (t *Tx) Since(m Mark) (Tally, error) {
	var all Tally
	count := func(into *int64, query string, args ...any) error {
		_, err := t.first([]any{into}, query, args...)
		return err
	}
	err := errors.Join(
		count(&all.Started, `SELECT COUNT(*) FROM rotations WHERE NOT test AND id > $1`, m.rotation),
		count(&all.Succeeded, `SELECT COUNT(*) FROM rotations WHERE NOT test AND state = 'succeeded' AND ended >= $1`, micros(m.at)),
		count(&all.Failed, `SELECT COUNT(*) FROM rotation_steps s JOIN rotations r ON r.id = s.rotation
WHERE NOT r.test AND s.error <> '' AND s.started >= $1`, micros(m.at)),
		count(&all.Removed, `SELECT COUNT(*) FROM secrets WHERE id <= $1`, m.secret),
	)
	all.Removed = m.secrets - all.Removed
	return all, err
}
