package store

import "github.com/alberti-dev/alberti/secret"

// Order is one of the columns that ListSecrets can sort by.
type Order string

// The orders of ListSecrets (secrets-manager.md, 2.9).
const (
	ByCreated  Order = "created"
	ByChanged  Order = "changed"
	ByAccessed Order = "accessed"
	ByName     Order = "name"
)

// Cursor is a place in a listing: the sort column's value and the key of the
// last secret seen. The zero Cursor is the beginning.
type Cursor struct {
	Time int64  `json:"t,omitempty"`
	Name string `json:"n,omitempty"`
	Key  int64  `json:"k,omitempty"`
}

// CursorAt is the place of a secret in an order.
func CursorAt(s *secret.Secret, by Order) Cursor {
	c := Cursor{Key: s.Key}
	switch by {
	case ByName:
		c.Name = s.Name()
	case ByChanged:
		c.Time = micros(s.Changed)
	case ByAccessed:
		c.Time = micros(s.Accessed)
	default:
		c.Time = micros(s.Created)
	}
	return c
}

// Listing says which secrets to read, and from where.
type Listing struct {
	Account, Region string
	By              Order
	Descending      bool
	After           Cursor
	Limit           int
	Deleted         bool // those scheduled for deletion too
	Rotating        bool // only those whose rotation was configured
}

// Secrets reads a page of secrets, with versions.
func (t *Tx) Secrets(l Listing) ([]*secret.Secret, error) {
	var out []*secret.Secret
	query, args := l.statement()
	err := t.query(func(scan func(...any) error) error {
		s, err := t.scanSecret(scan)
		out = append(out, s)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	for _, s := range out {
		if err := t.loadVersions(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (l Listing) statement() (string, []any) {
	query := `SELECT ` + secretColumns + ` FROM secrets WHERE account = $1 AND region = $2`
	args := []any{l.Account, l.Region}
	if !l.Deleted {
		query += ` AND delete_at = 0`
	}
	if l.Rotating {
		query += ` AND rotation_function <> ''`
	}
	beyond, direction := " > ", ""
	if l.Descending {
		beyond, direction = " < ", " DESC"
	}
	limit := "$3"
	if l.After != (Cursor{}) {
		var at any = l.After.Time
		if l.By == ByName {
			at = l.After.Name
		}
		query += ` AND (` + string(l.By) + `, id)` + beyond + `($3, $4)`
		args, limit = append(args, at, l.After.Key), "$5"
	}
	query += ` ORDER BY ` + string(l.By) + direction + `, id` + direction + ` LIMIT ` + limit
	return query, append(args, l.Limit)
}
