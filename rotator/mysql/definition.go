package mysql

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// definition is an account without its privileges, as SHOW CREATE USER has it.
type definition struct {
	methods []string          // the plugins, any of which lets the account in
	clauses map[string]string // REQUIRE, ACCOUNT, PASSWORD EXPIRE, MAX_QUERIES_PER_HOUR ... with what follows
	roles   string            // the default roles; MariaDB has them elsewhere
}

func (s *session) definition(ctx context.Context, a account) (definition, error) {
	of := a.String()
	if a == s.self {
		of = "CURRENT_USER()" // may be read without privileges
	}
	rows, err := s.texts(ctx, "SHOW CREATE USER "+of)
	if err == nil && len(rows) != 1 {
		err = fmt.Errorf("%d rows", len(rows))
	}
	if err != nil {
		return definition{}, fmt.Errorf("reading account %s: %w", a, err)
	}
	return parseDefinition(rows[0])
}

func parseDefinition(statement string) (definition, error) {
	d := definition{clauses: map[string]string{}}
	r, err := read(statement)
	if err != nil {
		return d, err
	}
	if !r.take("CREATE", "USER") {
		return d, fmt.Errorf("cannot read what the server prints for an account: it does not begin with CREATE USER")
	}
	r.account()
	for !r.end() {
		d.clause(r)
	}
	return d, nil
}

// clause reads one clause. What a server to come may print is kept with the
// clause that it follows, or is one of its own.
func (d *definition) clause(r *reader) {
	value := func() string { return r.until(r.atClause) }
	switch {
	case r.take("AND"):
	case r.take("IDENTIFIED"):
		d.identified(r)
	case r.take("DEFAULT", "ROLE"):
		d.roles = value()
	case r.take("WITH"):
		for !r.end() && !r.atClause() {
			d.clauses[strings.ToUpper(r.next().value)] = r.next().value
		}
	case r.take("PASSWORD"):
		key := "PASSWORD " + strings.ToUpper(r.next().value)
		if key == "PASSWORD REUSE" || key == "PASSWORD REQUIRE" {
			key += " " + strings.ToUpper(r.next().value)
		}
		d.clauses[key] = value()
	default:
		key := strings.ToUpper(r.next().value)
		d.clauses[key] = value()
	}
}

// identified reads how the account proves itself: BY PASSWORD 'hash', WITH
// 'plugin' AS 'hash', or VIA plugin USING 'hash' OR plugin ...
func (d *definition) identified(r *reader) {
	if r.take("BY") {
		r.take("PASSWORD")
		r.next()
		d.methods = append(d.methods, native)
		return
	}
	r.next() // VIA or WITH
	for {
		d.methods = append(d.methods, r.next().value)
		if r.take("USING") || r.take("AS") {
			r.next()
		}
		if !r.take("OR") {
			return
		}
	}
}

// atClause tells whether a clause begins here.
func (r *reader) atClause() bool {
	return r.peek(0).word("IDENTIFIED", "REQUIRE", "WITH", "PASSWORD", "ACCOUNT",
		"FAILED_LOGIN_ATTEMPTS", "PASSWORD_LOCK_TIME", "ATTRIBUTE", "COMMENT") ||
		r.peek(0).word("DEFAULT") && r.peek(1).word("ROLE") || r.peek(0).word("AND") && r.peek(1).word("IDENTIFIED")
}

// plugin is the one of the account's methods that is about a password.
func (d definition) plugin(a account) (string, error) {
	if len(d.methods) == 0 {
		return native, nil // MariaDB, and no password so far
	}
	var found []string
	for _, m := range d.methods {
		if takesPassword(m) {
			found = append(found, m)
		}
	}
	by := strings.Join(d.methods, " or ")
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("account %s proves itself by %s, not by a password that could be set", a, by)
	case len(found) > 1:
		return "", fmt.Errorf("account %s has more passwords than one, by %s: after a rotation the others would still let in", a, by)
	case found[0] != d.methods[0]:
		return "", fmt.Errorf("account %s proves itself by %s: only a password that comes first can be set", a, by)
	}
	return found[0], nil
}

// ofTheSecret are clauses that are not carried: they are about one account.
var ofTheSecret = []string{"ATTRIBUTE", "COMMENT"}

// unset is what a clause says that is not printed.
func unset(clause string) string {
	switch {
	case clause == "REQUIRE":
		return "NONE"
	case clause == "ACCOUNT":
		return "UNLOCK"
	case strings.HasPrefix(clause, "PASSWORD "):
		return "DEFAULT"
	}
	return "0" // the limits
}

// difference is what ALTER USER must say to give an account that has d what
// another has; empty when there is nothing to say.
func (d definition) difference(want definition) string {
	differs := false
	all := maps.Clone(want.clauses)
	for key := range d.clauses {
		if _, ok := all[key]; !ok {
			all[key] = unset(key)
		}
	}
	for _, key := range ofTheSecret {
		delete(all, key)
	}
	if all["PASSWORD EXPIRE"] == "" { // expired by hand: it is about a password
		delete(all, "PASSWORD EXPIRE")
	}
	for key, value := range all {
		have, ok := d.clauses[key]
		if !ok {
			have = unset(key)
		}
		differs = differs || have != value && (key != "PASSWORD EXPIRE" || have != "")
	}
	if !differs {
		return ""
	}
	return inOrder(all)
}

// inOrder writes clauses in the order of ALTER USER: REQUIRE, WITH the limits,
// then the rest.
func inOrder(clauses map[string]string) string {
	var require, limits, rest []string
	for _, key := range slices.Sorted(maps.Keys(clauses)) {
		text := key + " " + clauses[key]
		switch {
		case key == "REQUIRE":
			require = append(require, text)
		case strings.HasPrefix(key, "MAX_"):
			limits = append(limits, text)
		default:
			rest = append(rest, text)
		}
	}
	if len(limits) > 0 {
		limits = append([]string{"WITH"}, limits...)
	}
	return strings.Join(slices.Concat(require, limits, rest), " ")
}
