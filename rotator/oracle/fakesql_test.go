package oracle_test

import (
	"slices"
	"strings"
)

// tokens takes a statement apart; a name in double quotes keeps the first of them.
func tokens(text string) (out []string, ok bool) {
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		switch {
		case rest[0] == '"':
			name, after, found := strings.Cut(rest[1:], `"`)
			if !found || strings.HasPrefix(after, `"`) || name == "" {
				return nil, false
			}
			out, rest = append(out, `"`+name), after
		case strings.ContainsRune("(),.", rune(rest[0])):
			out, rest = append(out, rest[:1]), rest[1:]
		default:
			end := strings.IndexAny(rest+" ", " (),.\"")
			out, rest = append(out, rest[:end]), rest[end:]
		}
	}
	return out, true
}

// like matches tokens with words, in which ? is a name in quotes, and gives those.
func like(all []string, pattern string) (got, rest []string, ok bool) {
	for _, want := range strings.Fields(pattern) {
		if len(all) == 0 {
			return nil, nil, false
		}
		name, quoted := strings.CutPrefix(all[0], `"`)
		switch {
		case want == "?" && quoted:
			got = append(got, name)
		case want == "?" || quoted || all[0] != want:
			return nil, nil, false
		}
		all = all[1:]
	}
	return got, all, true
}

// execute does a statement of a user.
func (f *fake) execute(by, statement string) error {
	all, ok := tokens(statement)
	if !ok {
		return ora(922)
	}
	if got, rest, ok := like(all, "ALTER USER ? IDENTIFIED BY ?"); ok {
		return f.setPassword(by, got[0], got[1], rest)
	}
	if by != "SYSTEM" && !strings.Contains(statement, "EXPIRE PASSWORD") {
		return ora(1031)
	}
	if got, _, ok := like(all, "CREATE USER ? IDENTIFIED BY ? PROFILE ?"); ok {
		if f.users[got[0]] != nil {
			return ora(1920)
		}
		f.users[got[0]] = newUser(got[1])
		f.users[got[0]].options["PROFILE"] = got[2]
		return nil
	}
	if got, _, ok := like(all, "CREATE OR REPLACE SYNONYM ? . ? FOR ? . ?"); ok {
		f.users[got[0]].synonym = got[3]
		return nil
	}
	if got, rest, ok := like(all, "ALTER USER ?"); ok {
		return f.alter(f.users[got[0]], rest)
	}
	if all[0] == "GRANT" || all[0] == "REVOKE" {
		return f.grantOrRevoke(all)
	}
	return ora(900)
}

func (f *fake) setPassword(by, name, password string, rest []string) error {
	u := f.users[name]
	old, _, replaces := like(rest, "REPLACE ?")
	switch {
	case u == nil:
		return ora(1918)
	case by != "SYSTEM" && by != name:
		return ora(1031)
	case by != "SYSTEM" && !replaces:
		return ora(28221)
	case replaces && old[0] != u.password && old[0] != u.eldest:
		return ora(28008)
	case strings.HasPrefix(password, "weak"):
		return ora(28003)
	case len(password) > f.longest:
		return ora(972)
	case password == u.password:
		return ora(28007)
	}
	if u.options["ROLLOVER"] != "" && u.eldest == "" {
		u.eldest = u.password
	}
	u.password = password
	return nil
}

func (f *fake) alter(u *user, rest []string) error {
	for _, option := range []string{"PROFILE", "DEFAULT TABLESPACE", "TEMPORARY TABLESPACE"} {
		if got, _, ok := like(rest, option+" ?"); ok {
			u.options[option] = got[0]
			return nil
		}
	}
	if _, names, ok := like(rest, "DEFAULT ROLE"); ok {
		u.initial = nil
		for _, n := range names {
			if role, quoted := strings.CutPrefix(n, `"`); quoted {
				u.initial = append(u.initial, role)
			}
		}
		return nil
	}
	if _, _, ok := like(rest, "EXPIRE PASSWORD ROLLOVER PERIOD"); ok {
		u.eldest = ""
		return nil
	}
	if _, _, ok := like(rest, "ACCOUNT UNLOCK"); ok {
		u.refusal = 0
		return nil
	}
	if len(rest) == 4 && rest[0] == "QUOTA" {
		u.quotas[strings.TrimPrefix(rest[3], `"`)] = rest[1]
		if rest[1] == "0" {
			delete(u.quotas, strings.TrimPrefix(rest[3], `"`))
		}
		return nil
	}
	if got, _, ok := like(rest, "GRANT CONNECT THROUGH ?"); ok {
		u.proxies[got[0]] = true
		return nil
	}
	if got, _, ok := like(rest, "REVOKE CONNECT THROUGH ?"); ok {
		delete(u.proxies, got[0])
		return nil
	}
	return ora(922)
}

// grantOrRevoke knows what is granted by its text. Taking a privilege on a table
// takes it from its columns.
func (f *fake) grantOrRevoke(all []string) error {
	word := map[string]string{"GRANT": "TO", "REVOKE": "FROM"}[all[0]]
	at := slices.Index(all, word)
	if at < 0 || at+1 >= len(all) || !strings.HasPrefix(all[at+1], `"`) {
		return ora(990)
	}
	u, what := f.users[all[at+1][1:]], strings.Join(all[1:at], " ")
	if u == nil {
		return ora(1917)
	}
	if all[0] == "GRANT" {
		if len(all[1:at]) == 1 && strings.HasPrefix(what, `"`) && !slices.Contains(u.initial, what[1:]) {
			u.initial = append(u.initial, what[1:])
		}
		options := strings.Join(all[at+2:], " ")
		if options != "" {
			options = " " + options
		}
		u.grants[what] = grant{options}
		return nil
	}
	if role, ok := strings.CutPrefix(what, `"`); ok {
		u.initial = slices.DeleteFunc(u.initial, func(r string) bool { return r == role })
	}
	found := false
	for have := range u.grants {
		privilege, _, _ := strings.Cut(what, " ON ")
		column, _, _ := strings.Cut(have, " ( ")
		_, on, _ := strings.Cut(what, " ON ")
		_, haveOn, _ := strings.Cut(have, " ON ")
		if have == what || on != "" && on == haveOn && column == privilege {
			delete(u.grants, have)
			found = true
		}
	}
	if !found {
		return ora(1927)
	}
	return nil
}
