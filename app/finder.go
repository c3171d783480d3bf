package app

import (
	"strings"

	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// finder knows all rotation functions: those that are built in, under whose names
// nobody can bring another, and those that users brought.
type finder struct {
	builtin functions
	lambda  *lambda.Service
	secrets rotator.Connect
}

// find gives the function of an ARN. Whether one that was brought is still there
// shows when it is invoked.
func (f *finder) find(arn string) (rotation.Function, bool) {
	if found, ok := f.builtin.find(arn); ok {
		return found, true
	}
	return brought{arn, f.lambda, f.secrets}, functionName(arn) != ""
}

// Invokable implements secretsmanager.Functions. A function is invoked for the
// secrets of its own region. What is built in is everybody's; a function that was
// brought must let Secrets Manager invoke it (secrets-manager.md, 3.1).
func (f *finder) Invokable(tx *store.Tx, arn string, sec *secret.Secret) (bool, error) {
	if _, ok := f.builtin.find(arn); ok {
		return strings.HasPrefix(arn, "arn:aws:lambda:"+sec.ARN.Region+":"+sec.ARN.Account+":"), nil
	}
	if !strings.HasPrefix(arn, "arn:aws:lambda:"+sec.ARN.Region+":") {
		return false, nil
	}
	return f.lambda.Grants(tx, arn, rotating(sec.ARN.String()))
}

// Role implements secretsmanager.Functions. What is built in shows its token.
func (f *finder) Role(tx *store.Tx, arn string) (string, error) {
	if _, ok := f.builtin.find(arn); ok {
		return "", nil
	}
	return f.lambda.RoleOf(tx, arn)
}
