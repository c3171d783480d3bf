package app

import (
	"maps"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/ldap"
	"github.com/alberti-dev/alberti/rotator/postgres"
)

// functions are the rotation functions by name. The built-in ones answer to the
// names of AWS's templates, in every account and region.
type functions map[string]rotation.Function

// engines are the kinds of targets that have functions built in.
var engines = []rotator.Family{
	postgres.Functions,
	ldap.Functions,
	activedirectory.Functions,
}

func builtin(connect rotator.Connect, c Config, now func() time.Time) functions {
	with := rotator.Config{Connect: connect, Passwords: c.Passwords, Now: now}
	all := functions{}
	for _, family := range engines {
		for _, f := range family.Functions {
			all[f.Name] = f.Make(with)
		}
	}
	if c.Functions != nil {
		maps.Copy(all, c.Functions(with))
	}
	return all
}

// find gives the function of an ARN, arn:aws:lambda:REGION:ACCOUNT:function:NAME.
func (f functions) find(arn string) (rotation.Function, bool) {
	part := strings.Split(arn, ":")
	if len(part) != 7 || part[0] != "arn" || part[2] != "lambda" || part[5] != "function" {
		return nil, false
	}
	function, ok := f[part[6]]
	return function, ok
}

// invokable tells whether Secrets Manager may invoke a function for a secret: it
// is there, in the secret's account and region (secrets-manager.md, 3.1).
func (f functions) invokable(arn, account, region string) bool {
	_, ok := f.find(arn)
	return ok && strings.HasPrefix(arn, "arn:aws:lambda:"+region+":"+account+":")
}
