package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// setting is a parameter that a role starts its sessions with, in one database
// or, with "", in all.
type setting struct{ database, parameter string }

// levelSettings gives a role the settings of another, and no others.
func levelSettings(ctx context.Context, tx pgx.Tx, from, to string) error {
	want, err := settings(ctx, tx, from)
	if err != nil {
		return err
	}
	have, err := settings(ctx, tx, to)
	if err != nil {
		return err
	}
	for _, s := range ordered(want) {
		if value, ok := have[s]; ok && value == want[s] {
			continue
		}
		if err := exec(ctx, tx, s.alter(to)+" SET "+name(s.parameter)+" TO "+s.value(want[s])); err != nil {
			return err
		}
	}
	for _, s := range ordered(have) {
		if _, ok := want[s]; ok {
			continue
		}
		if err := exec(ctx, tx, s.alter(to)+" RESET "+name(s.parameter)); err != nil {
			return err
		}
	}
	return nil
}

func (s setting) alter(role string) string {
	out := "ALTER ROLE " + name(role)
	if s.database != "" {
		out += " IN DATABASE " + name(s.database)
	}
	return out
}

// lists are the parameters whose values are lists of quoted names, and would
// become a single name if they were quoted again.
var lists = []string{
	"search_path", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces", "DateStyle",
}

// value writes a setting's value as SET wants it.
func (s setting) value(v string) string {
	if v != "" && slices.ContainsFunc(lists, func(l string) bool { return strings.EqualFold(l, s.parameter) }) {
		return v // as the server keeps it: quoted where it must be
	}
	return literal(v)
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
