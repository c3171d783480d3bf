package mysql

// What the tests of this package look at from outside.
var (
	SHA256Crypt     = sha256Crypt
	CachingSHA2Hash = cachingSHA2Hash
)
