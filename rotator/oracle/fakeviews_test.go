package oracle_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// view answers a query of the catalog, told apart by what it reads.
func (f *fake) view(by, text string, args []string) (out [][]string, ok bool) {
	reads := func(parts ...string) bool {
		return !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(text, part) })
	}
	if text == "SELECT SYSDATE FROM DUAL" {
		return [][]string{{"now"}}, true
	}
	if reads("USER_PASSWORD_LIMITS") {
		return one(f.users[by].options[map[string]string{"PASSWORD_ROLLOVER_TIME": "ROLLOVER", "PASSWORD_VERIFY_FUNCTION": "VERIFY"}[args[0]]]), true
	}
	if reads("USER_USERS") {
		if f.users[by].eldest != "" {
			return one("OPEN & IN ROLLOVER"), true
		}
		return one("OPEN"), true
	}
	if by != "SYSTEM" {
		return nil, false
	}
	if reads("DBA_PROFILES") {
		if u := f.users[args[1]]; u != nil {
			return one(u.options["VERIFY"]), true
		}
		return nil, true
	}
	u := f.users[args[0]]
	if u == nil {
		return nil, true
	}
	switch {
	case reads("SELECT USERNAME FROM DBA_USERS"):
		return one(args[0]), true
	case reads("SELECT PROFILE FROM DBA_USERS"):
		return one(u.options["PROFILE"]), true
	case reads("SELECT TABLE_NAME FROM DBA_SYNONYMS"):
		return one(u.synonym), true
	case reads("DBA_OBJECTS", "DBA_SYS_PRIVS"):
		return one(fmt.Sprint(len(u.grants))), true
	case reads("DBA_OBJECTS"):
		return one("0"), true
	case reads("ACCOUNT_STATUS FROM DBA_USERS"):
		status := "OPEN"
		if u.refusal == 28000 {
			status = "LOCKED(TIMED)"
		}
		return [][]string{{u.options["PROFILE"], u.options["DEFAULT TABLESPACE"], u.options["TEMPORARY TABLESPACE"], status}}, true
	case reads("DBA_TS_QUOTAS"):
		for _, space := range slices.Sorted(maps.Keys(u.quotas)) {
			out = append(out, []string{space, u.quotas[space]})
		}
		return out, true
	case reads("DBA_PROXIES"):
		return f.proxyRows(args[0]), true
	}
	return u.grantRows(reads)
}

func one(cell string) [][]string {
	if cell == "" {
		return nil
	}
	return [][]string{{cell}}
}

func (f *fake) proxyRows(name string) (out [][]string) {
	for client, u := range f.users {
		for by := range u.proxies {
			if client == name || by == name {
				out = append(out, []string{by, client, "NO", "PROXY MAY ACTIVATE ALL CLIENT ROLES", ""})
			}
		}
	}
	return out
}

// grantRows are grants as the four views show them.
func (u *user) grantRows(reads func(...string) bool) (out [][]string, ok bool) {
	yes := func(b bool) string {
		if b {
			return "YES"
		}
		return "NO"
	}
	for _, what := range slices.Sorted(maps.Keys(u.grants)) {
		options := u.grants[what].options
		privilege, on, isObject := strings.Cut(what, " ON ")
		role, isRole := strings.CutPrefix(privilege, `"`)
		parts := strings.Split(on, " . ")
		column, isColumn := strings.CutSuffix(privilege, " )")
		switch {
		case reads("DBA_ROLE_PRIVS") && isRole:
			out = append(out, []string{role, yes(strings.Contains(options, "ADMIN")), yes(slices.Contains(u.initial, role))})
		case reads("DBA_SYS_PRIVS") && !isObject && !isRole:
			out = append(out, []string{what, yes(strings.Contains(options, "ADMIN"))})
		case reads("DBA_TAB_PRIVS") && isObject && !isColumn:
			kind, owner, object := "TABLE", "SYS", strings.TrimPrefix(parts[len(parts)-1], `"`)
			if len(parts) == 2 {
				owner = strings.TrimPrefix(parts[0], `"`)
			} else {
				kind, object, _ = strings.Cut(on, ` "`)
			}
			out = append(out, []string{privilege, owner, object, kind, yes(strings.Contains(options, "GRANT")), yes(strings.Contains(options, "HIERARCHY"))})
		case reads("DBA_COL_PRIVS") && isColumn:
			privilege, column, _ := strings.Cut(column, ` ( "`)
			out = append(out, []string{privilege, strings.TrimPrefix(parts[0], `"`), strings.TrimPrefix(parts[1], `"`), column, yes(strings.Contains(options, "GRANT"))})
		}
	}
	return out, reads("DBA_ROLE_PRIVS") || reads("DBA_SYS_PRIVS") || reads("DBA_TAB_PRIVS") || reads("DBA_COL_PRIVS")
}
