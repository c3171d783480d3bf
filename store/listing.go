package store

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

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

// compare sorts two places of one order, upward.
func (c Cursor) compare(o Cursor) int {
	return cmp.Or(cmp.Compare(c.Time, o.Time), cmp.Compare(c.Name, o.Name), cmp.Compare(c.Key, o.Key))
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
	q := l.walk()
	if !l.Deleted {
		q.and(`delete_at = 0`)
	}
	if l.Rotating {
		q.and(`rotation_function <> ''`)
	}
	out, err := t.bare(q.inOrder(l), q.args...)
	if err != nil {
		return nil, err
	}
	return out, t.loadAllVersions(out)
}

// bare reads secrets without their versions.
func (t *Tx) bare(query string, args ...any) (out []*secret.Secret, err error) {
	err = t.query(func(scan func(...any) error) error {
		s, err := t.scanSecret(scan)
		out = append(out, s)
		return err
	}, query, args...)
	return out, err
}

// walk is a statement under way that reads secrets along an index.
type walk struct {
	text string
	args []any
}

// walk begins where the page before ended.
func (l Listing) walk() *walk {
	q := &walk{text: `SELECT ` + secretColumns + ` FROM secrets WHERE account = $1 AND region = $2`, args: []any{l.Account, l.Region}}
	beyond := ` > `
	if l.Descending {
		beyond = ` < `
	}
	switch {
	case l.After == (Cursor{}):
	case l.By == ByName: // no two are alike
		q.and(`name`+beyond+`?`, l.After.Name)
	default:
		q.and(`(`+string(l.By)+`, id)`+beyond+`(?, ?)`, l.After.Time, l.After.Key)
	}
	return q
}

// and adds a condition, a ? in it for each argument.
func (q *walk) and(condition string, args ...any) {
	q.text += ` AND ` + q.number(condition, args)
}

func (q *walk) number(text string, args []any) string {
	for _, arg := range args {
		q.args = append(q.args, arg)
		text = strings.Replace(text, "?", "$"+strconv.Itoa(len(q.args)), 1)
	}
	return text
}

// inOrder ends the statement.
func (q *walk) inOrder(l Listing) string {
	direction := ""
	if l.Descending {
		direction = " DESC"
	}
	return q.text + ` ORDER BY ` + string(l.By) + direction + `, id` + direction + q.number(` LIMIT ?`, []any{l.Limit})
}
