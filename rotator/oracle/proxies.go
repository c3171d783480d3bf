package oracle

import (
	"context"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// proxy is who may connect as a user without its password.
type proxy struct{ proxy, client, authentication, constraint string }

// proxies are those that may connect as the user, and those that the user may
// connect as.
func (s *session) proxies(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT PROXY, CLIENT, AUTHENTICATION, AUTHORIZATION_CONSTRAINT, ROLE FROM DBA_PROXIES
WHERE PROXY = :1 OR CLIENT = :2 ORDER BY PROXY, CLIENT, ROLE`, of, of)
	if err != nil {
		return nil, err
	}
	var order []proxy
	roles := map[proxy][]string{}
	for _, r := range rows {
		p := proxy{r[0], r[1], r[2], r[3]}
		if !slices.Contains(order, p) {
			order = append(order, p)
		}
		if r[4] != "" {
			roles[p] = append(roles[p], name(r[4]))
		}
	}
	for _, p := range order {
		out = append(out, p.right(of, to, roles[p]))
	}
	return out, nil
}

// right is a proxy in statements for another user. One whose constraint is of no
// known kind has none.
func (p proxy) right(of, to string, roles []string) level.Right {
	r := level.Right{Name: "CONNECT THROUGH " + p.proxy}
	client, through := name(to), name(p.proxy)
	if p.proxy == of {
		r.Name = "CONNECT AS " + p.client
		client, through = name(p.client), name(to)
	}
	with, known := map[string]string{
		"PROXY MAY ACTIVATE ALL CLIENT ROLES": "",
		"NO CLIENT ROLES MAY BE ACTIVATED":    " WITH NO ROLES",
		"PROXY MAY ACTIVATE ROLE":             " WITH ROLE " + strings.Join(roles, ", "),
		"PROXY MAY NOT ACTIVATE ROLE":         " WITH ROLE ALL EXCEPT " + strings.Join(roles, ", "),
	}[p.constraint]
	if p.authentication == "YES" {
		with += " AUTHENTICATION REQUIRED"
	}
	r.Take = "ALTER USER " + client + " REVOKE CONNECT THROUGH " + through
	if !known {
		r.Name += ": " + p.constraint
		return r
	}
	r.Name += with
	r.Give = "ALTER USER " + client + " GRANT CONNECT THROUGH " + through + with
	return r
}
