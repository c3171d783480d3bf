package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/secret"
)

// Audit keeps an audit event with the change that it tells of: both are
// committed, or neither.
func (t *Tx) Audit(event []byte) error {
	_, err := t.exec(`INSERT INTO outbox (event) VALUES ($1)`, string(event))
	return err
}

// AuditService keeps an event of something that the service did by itself to a
// version of a secret. reason is why it failed, "" when it did not.
func (t *Tx) AuditService(name string, s *secret.Secret, version, reason string) error {
	return t.Audit(audit.Service(name, audit.About{
		Account: s.ARN.Account, Region: s.ARN.Region, ARN: s.ARN.String(), Version: version,
	}, reason, t.now))
}

// AuditVersions keeps such an event for each version of a secret.
func (t *Tx) AuditVersions(name string, s *secret.Secret) error {
	for _, v := range s.Versions {
		if err := t.AuditService(name, s, v.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

// Ship hands the oldest events whose changes are committed to deliver, at most
// limit, and forgets them when deliver has returned nil. After a crash in
// between they are handed over once more: none is lost. It tells how many there
// were.
func (s *Store) Ship(ctx context.Context, limit int, deliver func(events [][]byte) error) (int, error) {
	if s.dialect.exclusive {
		return s.shipAlone(ctx, limit, deliver)
	}
	var n int
	err := s.Update(ctx, func(tx *Tx) error {
		rows, err := tx.outbox(`DELETE FROM outbox WHERE id IN (
SELECT id FROM outbox ORDER BY id LIMIT $1`+s.dialect.skipLocked+`) RETURNING id, event`, limit)
		if n = len(rows); err != nil || n == 0 {
			return err
		}
		return deliver(eventsOf(rows))
	})
	return n, err
}

// shipAlone reads beside the writer and not on it. An update shares its commit
// with others, and would see events of changes that may yet come to nothing.
func (s *Store) shipAlone(ctx context.Context, limit int, deliver func(events [][]byte) error) (int, error) {
	var rows []outboxRow
	err := s.View(ctx, func(tx *Tx) (err error) {
		rows, err = tx.outbox(`SELECT id, event FROM outbox ORDER BY id LIMIT $1`, limit)
		return err
	})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	if err := deliver(eventsOf(rows)); err != nil {
		return 0, err
	}
	return len(rows), s.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM outbox WHERE id <= $1`, rows[len(rows)-1].id)
		return err
	})
}

type outboxRow struct {
	id    int64
	event []byte
}

func (t *Tx) outbox(query string, limit int) (rows []outboxRow, err error) {
	err = t.query(func(scan func(...any) error) error {
		var r outboxRow
		err := scan(&r.id, &r.event)
		rows = append(rows, r)
		return err
	}, query, limit)
	slices.SortFunc(rows, func(a, b outboxRow) int { return cmp.Compare(a.id, b.id) })
	return rows, err
}

func eventsOf(rows []outboxRow) (events [][]byte) {
	for _, r := range rows {
		events = append(events, r.event)
	}
	return events
}
