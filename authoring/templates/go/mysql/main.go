// A rotation function for Secrets Manager: MySQL and MariaDB. A user changes its
// own password; where the secret has a masterarn, two users take turns.
//
// The value: {"engine": "mysql" or "mariadb", "host", "port", "username",
// "password", "dbname"}.
package main

import (
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/rotator/mysql"
)

func main() { lambdafunction.Start(function) }

// function is Alberti's own for the engine that the value names, with TLS for
// secrets that do not say "ssl": false.
func function(c rotator.Config) contract.Function {
	c.TLS = rotator.TLSRequired
	return rotator.Managed([]rotator.Family{mysql.Functions, mysql.MariaDBFunctions}, c.Connect,
		func(f rotator.Named) contract.Function { return f.Make(c) })
}
