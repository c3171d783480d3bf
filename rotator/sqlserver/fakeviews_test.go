package sqlserver_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/internal/tdstest"
)

// view answers the queries of the catalog, which it tells apart by what they read.
func (f *fake) view(s *tdstest.Session, text string, params map[string]string) (tdstest.Result, bool) {
	user := params["user"]
	own := f.databases[s.Database].users
	reads := func(parts ...string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
	}
	switch {
	case reads("authentication_type = 2"):
		n := int64(0)
		if p := own.named(user); p != nil && p.contained {
			n = 1
		}
		return table([]any{n}), true
	case reads("sid, type FROM sys.server_principals"):
		if p := f.logins.named(user); p != nil {
			return table([]any{p.sid, "S"}), true
		}
		return table(), true
	case reads("default_database_name", "sys.sql_logins"):
		if p := f.logins.named(user); p != nil {
			return table([]any{p.options["DEFAULT_DATABASE"], p.options["DEFAULT_LANGUAGE"],
				p.options["CHECK_POLICY"] == "ON", p.options["CHECK_EXPIRATION"] == "ON", p.disabled}), true
		}
		return table(), true
	case reads("SELECT is_policy_checked"):
		if p := f.logins.named(user); p != nil {
			return table([]any{p.options["CHECK_POLICY"] == "ON"}), true
		}
		return table(), true
	case reads("HAS_PERMS_BY_NAME"):
		return table([]any{s.User == "sa"}), true
	case reads("HAS_DBACCESS"):
		var rows [][]any
		for _, name := range slices.Sorted(maps.Keys(f.databases)) {
			if d := f.databases[name]; name != "tempdb" {
				rows = append(rows, []any{name, !d.noAccess, d.readOnly})
			}
		}
		return table(rows...), true
	case reads("sid = SUSER_SID(@user)"):
		for name, p := range own {
			if f.logins.named(user) != nil && !p.contained && bytes.Equal(p.sid, f.logins.named(user).sid) {
				return table([]any{name}), true
			}
		}
		return table(), true
	case reads("sys.extended_properties"):
		if p := own.named(user); p != nil {
			return table([]any{p.mark}), true
		}
		return table(), true
	case reads("default_schema_name"):
		if p := own.named(user); p != nil {
			return table([]any{p.options["DEFAULT_SCHEMA"], p.options["DEFAULT_LANGUAGE"]}), true
		}
		return table(), true
	case reads("sys.server_role_members"):
		return roles(f.logins.named(user)), true
	case reads("sys.database_role_members"):
		return roles(own.named(user)), true
	case reads("sys.server_permissions"):
		return permissions(f.logins.named(user)), true
	case reads("sys.database_permissions"):
		return permissions(own.named(user)), true
	}
	return tdstest.Result{}, false
}

func table(rows ...[]any) tdstest.Result {
	out := tdstest.Result{Columns: []string{"a", "b", "c", "d", "e", "f", "g"}, Rows: rows}
	if len(rows) > 0 {
		out.Columns = out.Columns[:len(rows[0])]
	}
	return out
}

func roles(p *principal) tdstest.Result {
	var rows [][]any
	if p != nil {
		for _, r := range p.roles {
			rows = append(rows, []any{r})
		}
	}
	out := table(rows...)
	out.Columns = out.Columns[:1]
	return out
}

func permissions(p *principal) tdstest.Result {
	var rows [][]any
	if p != nil {
		for _, r := range p.permissions {
			rows = append(rows, []any{r.state, r.name, r.class, r.schema, r.object, r.column, r.grantor})
		}
	}
	return table(rows...)
}
