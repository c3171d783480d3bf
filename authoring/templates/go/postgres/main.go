// A rotation function for Secrets Manager: PostgreSQL 10 and later. A user changes
// its own password; where the secret has a masterarn, two users take turns.
//
// The value: {"engine": "postgres", "host", "port", "username", "password",
// "dbname"}.
package main

import (
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/rotator/postgres"
)

func main() { lambdafunction.Start(function) }

// function is Alberti's own for PostgreSQL, with TLS for secrets that do not say
// "ssl": false.
func function(c rotator.Config) contract.Function {
	c.TLS = rotator.TLSRequired
	return rotator.Managed([]rotator.Family{postgres.Functions}, c.Connect,
		func(f rotator.Named) contract.Function { return f.Make(c) })
}
