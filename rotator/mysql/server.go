package mysql

import (
	"strconv"
	"strings"
)

// server is what runs at the other end.
type server struct {
	maria   bool
	version int // 80034 for 8.0.34, 101119 for 10.11.19
}

// serverOf reads what VERSION() says, such as 8.0.36-28, 9.1.0 or
// 10.11.19-MariaDB-log.
func serverOf(text string) server {
	number, _, _ := strings.Cut(text, "-")
	s := server{maria: strings.Contains(strings.ToLower(text), "mariadb")}
	parts := strings.SplitN(number+".0.0", ".", 4)
	for _, part := range parts[:3] {
		n, _ := strconv.Atoi(part)
		s.version = s.version*100 + n
	}
	return s
}

// What MySQL has learned since 5.7.
func (s server) since(version int) bool { return !s.maria && s.version >= version }
func (s server) grantsMake() bool       { return !s.since(80011) } // GRANT may make users
func (s server) retains() bool          { return s.since(80014) }  // two passwords of one account
func (s server) printsHex() bool        { return s.since(80017) }
func (s server) keepsAttributes() bool  { return s.since(80021) }
func (s server) dynamic(priv string) bool {
	// Privileges that are registered at run time have names of one word, with
	// underscores; those that are built in have none.
	return !s.maria && strings.Contains(priv, "_") && !strings.Contains(priv, " ")
}
