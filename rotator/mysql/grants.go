package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// grant is one privilege on one object, both as the server writes them; a role
// has no object.
type grant struct{ object, privilege string }

// grants are what an account may do.
type grants struct {
	// held tells of what may be passed on one by one (roles, proxies, MySQL's
	// dynamic privileges) whether it may; of all else GRANT OPTION is a privilege of
	// its own on the same object.
	held        map[grant]bool
	exceptions  map[grant]bool  // MySQL's partial revokes: what is not held although it is globally
	defaultRole string          // MariaDB's; MySQL has them in the account's definition
	marks       map[string]bool // see mark
}

const (
	allPrivileges = "ALL PRIVILEGES" // however many there are for the object
	grantOption   = "GRANT OPTION"
	adminOption   = "ADMIN OPTION" // the same for roles
	proxyOf       = "PROXY ON "    // what stands before the object of PROXY, which is no object of other privileges
)

func (g *grants) have(object, privilege string) bool {
	_, ok := g.held[grant{object, privilege}]
	return ok
}

// grants reads what an account may do.
func (s *session) grants(ctx context.Context, a account) (*grants, error) {
	g := &grants{held: map[grant]bool{}, exceptions: map[grant]bool{}, marks: map[string]bool{}}
	rows, err := s.texts(ctx, "SHOW GRANTS FOR "+a.String())
	for _, row := range rows {
		if err == nil {
			err = g.add(row, a, s.server)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading the privileges of %s: %w", a, err)
	}
	return g, nil
}

var errGrantUnread = errors.New("cannot read what the server prints for a privilege")

// add reads one row. Those of others are passed over: MariaDB adds what PUBLIC
// may do.
func (g *grants) add(row string, of account, server server) error {
	r, err := read(row)
	if err != nil {
		return err
	}
	switch {
	case r.take("SET", "DEFAULT", "ROLE"):
		g.defaultRole = r.until(func() bool { return r.peek(0).word("FOR") })
		return nil
	case r.take("REVOKE"):
		privileges := r.privileges()
		if !r.take("ON") {
			return errGrantUnread
		}
		object := r.until(func() bool { return r.peek(0).word("FROM") })
		for _, p := range privileges {
			g.exceptions[grant{object, p}] = true
		}
		return nil
	case !r.take("GRANT"):
		return errGrantUnread
	}
	privileges, object := r.privileges(), ""
	if r.take("ON") {
		object = r.until(func() bool { return r.peek(0).word("TO") })
	}
	if !r.take("TO") || len(privileges) == 0 {
		return errGrantUnread
	}
	if r.account() == of {
		g.hold(object, privileges, r.option(), server)
	}
	return nil
}

// hold adds what a row grants.
func (g *grants) hold(object string, privileges []string, option bool, server server) {
	if database, ok := strings.CutSuffix(object, ".*"); ok && strings.HasPrefix(database, "`"+markPrefix) {
		g.marks[strings.Trim(database, "`")] = true
		return
	}
	for _, p := range privileges {
		switch {
		case object == "":
			g.held[grant{"", p}] = option
		case p == "PROXY":
			g.held[grant{proxyOf + object, p}] = option
		case server.dynamic(p):
			g.held[grant{object, p}] = option
		default:
			if p != "USAGE" {
				g.held[grant{object, p}] = false
			}
			if option {
				g.held[grant{object, grantOption}] = false
			}
		}
	}
}

// privileges reads a list of them, or of roles, up to ON, TO or FROM. One on
// several columns is one on each.
func (r *reader) privileges() (out []string) {
	for {
		what := r.until(func() bool { return r.sign(',') || r.sign('(') || r.peek(0).word("ON", "TO", "FROM") })
		if r.sign('(') {
			for _, column := range r.columns() {
				out = append(out, what+" ("+column+")")
			}
		} else {
			out = append(out, what)
		}
		if !r.sign(',') {
			return out
		}
		r.next()
	}
}

// columns reads a list in brackets.
func (r *reader) columns() (out []string) {
	for !r.end() && !r.sign(')') {
		r.next()
		out = append(out, r.until(func() bool { return r.sign(',') || r.sign(')') }))
	}
	r.next()
	return out
}

func (r *reader) sign(c byte) bool { return r.peek(0).kind == c }

// option tells whether what a row grants may be passed on.
func (r *reader) option() bool {
	for !r.end() {
		if r.take("GRANT", "OPTION") || r.take("ADMIN", "OPTION") {
			return true
		}
		r.at++
	}
	return false
}
