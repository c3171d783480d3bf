package postgres

// What the tests of this package look at from outside.
var (
	Prepared  = prepared
	ScramWith = scramWith
)
