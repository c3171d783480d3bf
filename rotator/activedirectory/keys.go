package activedirectory

import (
	"cmp"
	"context"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Functions are Active Directory's, under the names of AWS's templates. Its
// secrets have no engine key.
var Functions = rotator.Family{Functions: []rotator.Named{
	{
		Name: "SecretsManagerActiveDirectoryRotationSingleUser", Strategy: rotator.Single,
		Make: func(c rotator.Config) contract.Function { return SingleUser(c, KeysFromEnv(os.LookupEnv)) },
	},
	{
		Name: "SecretsManagerActiveDirectoryAndKeytabRotationSingleUser", Strategy: rotator.Single,
		Make: func(c rotator.Config) contract.Function { return WithKeytabs(c, KeysFromEnv(os.LookupEnv)) },
	},
}}

// Keys are what the keys of values are called.
type Keys struct {
	Directory, Username, Password, KeytabArns      string // of a password; Directory also of a keytab
	Principals, Contents, Version, Parent, Changed string // of a keytab
}

// KeysFromEnv reads the names from variables that are called as those of AWS's
// templates.
func KeysFromEnv(lookup func(string) (string, bool)) Keys {
	named := func(variable, usual string) string {
		name, _ := lookup("DICT_KEY_" + variable)
		return cmp.Or(name, usual)
	}
	return Keys{
		Directory:  named("DIRECTORY", "awsSeamlessDomainDirectoryId"),
		Username:   named("USERNAME", "awsSeamlessDomainUsername"),
		Password:   named("PASSWORD", "awsSeamlessDomainPassword"),
		KeytabArns: named("KEYTAB_ARNS", "keytabArns"),
		Principals: named("KEYTAB_PRINCIPALS", "principals"),
		Contents:   named("KEYTAB_CONTENTS", "keytabContents"),
		Version:    named("KEYTAB_VERSION", "version"),
		Parent:     named("SECRET_ARN", "parentSecretArn"),
		Changed:    named("LAST_MODIFIED", "lastModifiedDateTime"),
	}
}

// SingleUser makes the function of a user without keytabs.
func SingleUser(c rotator.Config, k Keys) contract.Function { return single{c, k} }

// single reads which keys a value has, then leaves the work to the strategy.
type single struct {
	rotator.Config
	keys Keys
}

// Guarded implements contract.Function.
func (single) Guarded() bool { return true }

// Invoke implements contract.Function.
func (f single) Invoke(ctx context.Context, e contract.Event) error {
	engine, err := f.engine(ctx, e)
	if err != nil {
		return err
	}
	return rotator.SingleUser(engine, f.Config).Invoke(ctx, e)
}

func (f single) engine(ctx context.Context, e contract.Event) (Engine, error) {
	value, err := f.Connect(e).GetSecretValue(ctx, e.SecretID, "", secret.Current)
	return Engine{f.keys.in(value)}, err
}

// in gives the keys of a value: the templates', or plain ones. A host goes before
// a directory, whose name may be one of AWS's and no host.
func (k Keys) in(v secret.Value) rotator.Keys {
	var members map[string]jsontext.Value
	if v.IsBinary() || json.Unmarshal(v.Reveal(), &members) != nil {
		members = nil // the strategy says so
	}
	first := func(names ...string) string {
		for _, name := range names {
			if _, ok := members[name]; ok {
				return name
			}
		}
		return ""
	}
	return rotator.Keys{
		Host:     cmp.Or(first("host", k.Directory, "domain"), k.Directory),
		Username: cmp.Or(first(k.Username, "username"), k.Username),
		Password: cmp.Or(first(k.Password, "password"), k.Password),
	}
}
