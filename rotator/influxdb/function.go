package influxdb

import (
	"context"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Functions are InfluxDB's, under the names of AWS's templates. Each rotates users
// and tokens alike: what a secret's value holds decides.
var Functions = rotator.Family{
	Engines: names,
	Functions: []rotator.Named{
		{Name: "SecretsManagerInfluxDBRotationSingleUser", Strategy: rotator.Single, Make: SingleUser},
		{Name: "SecretsManagerInfluxDBRotationMultiUser", Strategy: rotator.Alternating, Make: MultiUser},
	},
}

// SingleUser is the function of a user that changes its own password, and of a
// token where the value has no password (rotation-functions.md, 11).
func SingleUser(c rotator.Config) contract.Function {
	return byValue{c, rotator.SingleUser(Engine{}, c), func(h holds) bool { return h.token && !h.password }}
}

// MultiUser is the function of a token, and of two users who take turns where the
// value has a password and no token.
func MultiUser(c rotator.Config) contract.Function {
	return byValue{c, rotator.AlternatingUsers(Engine{}, c), func(h holds) bool { return h.token || !h.password }}
}

// holds tells what a value has. One with both is rotated as AWS's template of the
// function's name would.
type holds struct{ password, token bool }

// byValue leaves the work to the function for users or to that for tokens.
type byValue struct {
	rotator.Config
	users    contract.Function
	isTokens func(holds) bool
}

// Guarded implements contract.Function.
func (byValue) Guarded() bool { return true }

// Invoke implements contract.Function.
func (f byValue) Invoke(ctx context.Context, e contract.Event) error {
	v, err := f.Connect(e).GetSecretValue(ctx, e.SecretID, "", secret.Current)
	if err != nil {
		return err
	}
	members, err := rotator.Members(v)
	if err != nil {
		return err
	}
	_, password := members["password"]
	_, token := members["token"]
	if f.isTokens(holds{password, token}) {
		return rotator.New(f.Config, tokens{}).Invoke(ctx, e)
	}
	return f.users.Invoke(ctx, e)
}
