package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/httpapi"
	"github.com/alberti-dev/alberti/rotator/influxdb"
	"github.com/alberti-dev/alberti/rotator/ldap"
	"github.com/alberti-dev/alberti/rotator/mongodb"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/oracle"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/rotator/rabbitmq"
	"github.com/alberti-dev/alberti/rotator/redis"
	"github.com/alberti-dev/alberti/rotator/redshift"
	"github.com/alberti-dev/alberti/rotator/sqlserver"
	"github.com/alberti-dev/alberti/rotator/value"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// functions are the rotation functions by name. The built-in ones answer to the
// names of AWS's templates, in every account and region.
type functions map[string]rotation.Function

// engines are the kinds of targets that have functions built in.
var engines = []rotator.Family{
	oracle.Functions,
	postgres.Functions,
	mysql.Functions,
	mysql.MariaDBFunctions,
	mongodb.Functions,
	value.Functions,
	redshift.Functions,
	sqlserver.Functions,
	influxdb.Functions,
	rabbitmq.Functions,
	redis.Functions,
	ldap.Functions,
	activedirectory.Functions,
}

// FunctionName is the built-in function for the engine that a secret's value
// names, by strategy.
func FunctionName(engine, strategy string) (string, error) {
	f, err := rotator.FunctionFor(engines, engine, rotator.Strategy(strategy))
	return f.Name, err
}

// The tags that say what a secret's value must not choose.
const (
	TagStrategy = rotator.TagStrategy
	TagMaster   = rotator.TagMaster
	TagUsername = rotator.TagUsername
)

// families are the engines, and the HTTP APIs that the operator describes.
func (c Config) families() ([]rotator.Family, error) {
	if c.HTTPFunctions == "" {
		return engines, nil
	}
	described, err := httpapi.Load(c.HTTPFunctions)
	if err != nil {
		return nil, fmt.Errorf("--http-functions: %w", err)
	}
	return append(slices.Clip(engines), described), nil
}

// bring tells whether one of the families brings a function of that name.
func bring(families []rotator.Family, name string) bool {
	return slices.ContainsFunc(families, func(family rotator.Family) bool {
		return slices.ContainsFunc(family.Functions, func(f rotator.Named) bool { return f.Name == name })
	})
}

func builtin(connect rotator.Connect, c Config, now func() time.Time) (functions, error) {
	families, err := c.families()
	if err != nil {
		return nil, err
	}
	t, err := c.targets(families)
	if err != nil {
		return nil, err
	}
	t.Connect, t.Now = connect, now
	all := functions{}
	for _, family := range families {
		for _, f := range family.Functions {
			if _, twice := all[f.Name]; twice {
				return nil, fmt.Errorf("there are two rotation functions called %s", f.Name)
			}
			all[f.Name] = f.Make(t.of(f.Name))
		}
	}
	all[secretsmanager.ManagedFunction] = rotator.Managed(engines, connect, func(f rotator.Named) rotation.Function { return all[f.Name] })
	if c.Functions != nil {
		maps.Copy(all, c.Functions(t.Config))
	}
	return all, nil
}

// find gives the built-in function of an ARN.
func (f functions) find(arn string) (rotation.Function, bool) {
	function, ok := f[functionName(arn)]
	return function, ok
}

// functionName is the name in arn:aws:lambda:REGION:ACCOUNT:function:NAME, which
// may have a qualifier behind it; "" in anything else.
func functionName(arn string) string {
	part := strings.Split(arn, ":")
	if len(part) < 7 || len(part) > 8 || part[0] != "arn" || part[2] != "lambda" || part[5] != "function" {
		return ""
	}
	return part[6]
}

// FunctionARN is the ARN of a built-in function in the account and region of a
// secret.
func FunctionARN(secretARN, name string) (string, error) {
	part := strings.SplitN(secretARN, ":", 6)
	if len(part) != 6 {
		return "", fmt.Errorf("%q is not the ARN of a secret", secretARN)
	}
	return "arn:aws:lambda:" + part[3] + ":" + part[4] + ":function:" + name, nil
}
