package store

import (
	"cmp"
	"slices"
)

// Audit keeps an audit event with the change that it tells of: both are
// committed, or neither.
func (t *Tx) Audit(event []byte) error {
	_, err := t.exec(`INSERT INTO outbox (event) VALUES ($1)`, string(event))
	return err
}

// TakeAudited takes the oldest events out of the outbox, at most limit, so that
// they can be written to the trail before the commit: an event may be written
// twice after a crash, and is never lost.
func (t *Tx) TakeAudited(limit int) (events [][]byte, err error) {
	type row struct {
		id    int64
		event []byte
	}
	var rows []row
	err = t.query(func(scan func(...any) error) error {
		var r row
		err := scan(&r.id, &r.event)
		rows = append(rows, r)
		return err
	}, `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1`+t.dialect.skipLocked+`) RETURNING id, event`, limit)
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) })
	for _, r := range rows {
		events = append(events, r.event)
	}
	return events, err
}
