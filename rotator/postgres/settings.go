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
		if err := s.do(ctx, tx, key.alter(p.clone)+" SET "+name(key.parameter)+" TO"+key.quoted(want[key])); err != nil {
			return err
		}
	}
	for _, key := range ordered(have) {
		if _, ok := want[key]; ok {
			continue
		}
		if err := s.do(ctx, tx, key.alter(p.clone)+" RESET "+name(key.parameter)); err != nil {
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

// lists are the parameters that the server keeps as a list of quoted names
// (GUC_LIST_QUOTE): quoted as a whole they would become one name.
var lists = []string{"search_path", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces"}

// quoted writes a setting's value as SET wants it. Every piece is quoted anew:
// the value may be anything, as a user may set what it likes on itself, and the
// administrator runs the statement.
func (s setting) quoted(value string) string {
	if !slices.ContainsFunc(lists, func(l string) bool { return strings.EqualFold(l, s.parameter) }) {
		return literal(value)
	}
	items, ok := splitList(value)
	if !ok {
		return literal(value)
	}
	for i := range items {
		items[i] = literal(items[i])
	}
	return strings.Join(items, ",")
}

// splitList takes a list of names apart: a, "b c", "say ""d""". False when the
// value is none, or is empty.
func splitList(value string) (items []string, ok bool) {
	for rest := value; ; {
		var item string
		rest = strings.TrimLeft(rest, " \t\n\r\f\v")
		if strings.HasPrefix(rest, `"`) {
			item, rest, ok = cutQuoted(rest)
		} else {
			end := strings.IndexAny(rest+",", ", \t\n\r\f\v")
			item, rest, ok = rest[:end], rest[end:], end > 0
		}
		rest = strings.TrimLeft(rest, " \t\n\r\f\v")
		if !ok || rest != "" && rest[0] != ',' {
			return nil, false
		}
		items = append(items, item)
		if rest == "" {
			return items, true
		}
		rest = rest[1:]
	}
}

// cutQuoted cuts a quoted name off a text. Within it, a quote is written twice.
func cutQuoted(text string) (item, rest string, ok bool) {
	var b strings.Builder
	for rest = text[1:]; ; rest = rest[1:] {
		part, after, found := strings.Cut(rest, `"`)
		if !found {
			return "", "", false
		}
		b.WriteString(part)
		if rest = after; !strings.HasPrefix(rest, `"`) {
			return b.String(), rest, true
		}
		b.WriteByte('"')
	}
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
