package pgwire

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/secret"
)

// Name quotes an identifier.
func Name(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

// Literal quotes a text. Utility statements take no parameters.
func Literal(text string) string {
	out := make([]byte, 0, len(text)+3)
	out = append(out, " E'"...)
	for i := range len(text) {
		if text[i] == '\'' || text[i] == '\\' {
			out = append(out, text[i])
		}
		out = append(out, text[i])
	}
	return string(append(out, '\''))
}

// MD5 is PostgreSQL's older verifier, salted with the user's name.
func MD5(user string, password secret.Value) string {
	sum := md5.Sum(append([]byte(nil), string(password.Reveal())+user...))
	return "md5" + hex.EncodeToString(sum[:])
}

// lists are the parameters that the server keeps as a list of quoted names
// (GUC_LIST_QUOTE): quoted as a whole they would become one name.
var lists = []string{"search_path", "session_preload_libraries", "local_preload_libraries", "temp_tablespaces"}

// SettingValue writes a setting's value as SET wants it. Every piece is quoted anew,
// by the literals of the server: the value may be anything, as a user may set what
// it likes on itself, and the administrator runs the statement.
func SettingValue(literal func(string) string, parameter, value string) string {
	if !slices.ContainsFunc(lists, func(l string) bool { return strings.EqualFold(l, parameter) }) {
		return literal(value)
	}
	items, ok := SplitList(value)
	if !ok {
		return literal(value)
	}
	for i := range items {
		items[i] = literal(items[i])
	}
	return strings.Join(items, ",")
}

// SplitList takes a list of names apart: a, "b c", "say ""d""". False when the
// value is none, or is empty.
func SplitList(value string) (items []string, ok bool) {
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
