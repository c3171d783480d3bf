package store

import (
	"bytes"
	"context"
	"fmt"

	"github.com/alberti-dev/alberti/secret"
)

// RepeatedWrongly compares every row of current_values with the tables that it
// repeats, and counts the rows.
func (s *Store) RepeatedWrongly(ctx context.Context) (wrong []string, rows int, err error) {
	err = s.View(ctx, func(tx *Tx) error {
		type row struct {
			place int64
			found packed
		}
		var all []row
		err := tx.query(func(scan func(...any) error) error {
			var r row
			err := scan(&r.place, (*[]byte)(&r.found))
			all = append(all, r)
			return err
		}, `SELECT place, found FROM current_values`)
		for _, r := range all {
			rest := r.found
			id := secret.ID{Region: string(rest.bytes()), Account: string(rest.bytes()), Name: string(rest.bytes())}
			truth, err := searchValue(ctx, tx.on, id, cached)
			if err != nil {
				return err
			}
			if truth == nil || r.place != placeOf(keyOf(id)) || !bytes.Equal(r.found, packed(nil).pack(truth)) {
				wrong = append(wrong, fmt.Sprintf("%s: %+v, and a row %q at %d", id.Name, truth, r.found, r.place))
			}
		}
		rows = len(all)
		return err
	})
	return wrong, rows, err
}
