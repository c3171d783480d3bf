package mysql

// What the tests of this package look at from outside.
var (
	SHA256Crypt     = sha256Crypt
	CachingSHA2Hash = cachingSHA2Hash
	Hash            = hash
)

// Definition reads what SHOW CREATE USER prints, and gives what ALTER USER must
// say to make a bare account like it.
func Definition(printed string) (methods []string, alter string, err error) {
	d, err := parseDefinition(printed)
	return d.methods, definition{}.difference(d), err
}

// Grant reads a row of SHOW GRANTS.
func Grant(row string) error {
	g := &grants{held: map[grant]bool{}, exceptions: map[grant]bool{}, marks: map[string]bool{}}
	return g.add(row, account{"x", "%"}, server{})
}
