package sqlserver

// What the tests of this package look at from outside.
var (
	SID     = sid
	Name    = name
	Literal = literal
)
