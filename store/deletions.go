package store

import "time"

// DueDeletions gives the keys of secrets whose recovery window is over, the
// oldest first. Under Update they are locked, and those that another server has
// locked are left out.
func (t *Tx) DueDeletions(limit int) ([]int64, error) {
	query := `SELECT id FROM secrets WHERE delete_at > 0 AND delete_at <= $1 ORDER BY delete_at, id LIMIT $2`
	if t.write {
		query += t.dialect.skipLocked
	}
	return t.keys(query, micros(t.now), limit)
}

// NextDeletion is when the next recovery window ends, zero when none is running.
func (t *Tx) NextDeletion() (time.Time, error) {
	var at int64
	_, err := t.first([]any{&at}, `SELECT COALESCE(MIN(delete_at), 0) FROM secrets WHERE delete_at > 0`)
	return fromMicros(at), err
}
