package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

// setting is a parameter that a role starts its sessions with, in one database
// or, with "", in all.
type setting struct{ database, parameter string }

// asOriginal is the setting that has the clone act as its original from the start
// of each session: what it makes belongs to the original, so that neither misses
// what the other made (rotation-functions.md, 16.4). A role that the original
// itself acts as goes before.
var asOriginal = setting{parameter: "role"}

// levelSettings gives the clone the settings of the original, and no others but
// the one.
func (s *session) levelSettings(ctx context.Context, tx pgx.Tx, p pair) error {
	want, err := settings(ctx, tx, p.original)
	if err != nil {
		return err
	}
	if want[asOriginal] == "" {
		want[asOriginal] = p.original
	}
	have, err := settings(ctx, tx, p.clone)
	if err != nil {
		return err
	}
	for _, key := range ordered(want) {
		if value, ok := have[key]; ok && value == want[key] {
			continue
		}
		if err := s.do(ctx, tx, key.alter(p.clone)+" SET "+pgwire.Name(key.parameter)+" TO"+pgwire.SettingValue(pgwire.Literal, key.parameter, want[key])); err != nil {
			return err
		}
	}
	for _, key := range ordered(have) {
		if _, ok := want[key]; ok {
			continue
		}
		if err := s.do(ctx, tx, key.alter(p.clone)+" RESET "+pgwire.Name(key.parameter)); err != nil {
			return err
		}
	}
	return nil
}

func (s setting) alter(role string) string {
	out := "ALTER ROLE " + pgwire.Name(role)
	if s.database != "" {
		out += " IN DATABASE " + pgwire.Name(s.database)
	}
	return out
}

func ordered(m map[setting]string) []setting {
	return slices.SortedFunc(maps.Keys(m), func(a, b setting) int {
		return strings.Compare(a.database+"\x00"+a.parameter, b.database+"\x00"+b.parameter)
	})
}

func settings(ctx context.Context, tx pgx.Tx, role string) (map[setting]string, error) {
	rows, err := tx.Query(ctx, `SELECT COALESCE(d.datname, ''), c.entry FROM pg_db_role_setting s
JOIN pg_roles r ON r.oid = s.setrole LEFT JOIN pg_database d ON d.oid = s.setdatabase
CROSS JOIN LATERAL unnest(s.setconfig) AS c(entry) WHERE r.rolname = $1`, role)
	if err != nil {
		return nil, err
	}
	out := map[setting]string{}
	var database, entry string
	_, err = pgx.ForEachRow(rows, []any{&database, &entry}, func() error {
		parameter, value, _ := strings.Cut(entry, "=")
		out[setting{database, parameter}] = value
		return nil
	})
	return out, err
}
