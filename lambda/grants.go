package lambda

import (
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// secretsManager is the service that may invoke the built-in functions.
const secretsManager = "secretsmanager.amazonaws.com"

// Grants tells whether a service may invoke a function on behalf of the resource
// that it calls for, which is what a rotation needs (lambda.md, 2.8 and 5): whether
// there is such a function, version or alias, and whether its own policy, which
// is that of no other qualifier, lets the service in. A policy for $LATEST cannot
// be, so an ARN that says so is granted nothing. Built-in functions are Secrets
// Manager's own.
func (s *Service) Grants(tx *store.Tx, functionARN string, service iam.Caller) (bool, error) {
	o, err := s.lookUp(tx, functionARN)
	switch {
	case err != nil || o == nil:
		return false, err
	case o.builtin:
		return service.ARN == secretsManager, nil
	}
	own, err := s.policyOf(tx, o.Function, o.ref.Qualifier)
	if err != nil || own == nil {
		return false, err
	}
	return service.May(iam.Ask{Action: "lambda:InvokeFunction", Resource: o.ref.QualifiedARN(), Account: o.ref.Account, Policy: own}), nil
}

// RoleOf is the ARN of a function's execution role, "" where there is no such
// function, version or alias.
func (s *Service) RoleOf(tx *store.Tx, functionARN string) (string, error) {
	o, err := s.lookUp(tx, functionARN)
	switch {
	case err != nil || o == nil:
		return "", err
	case o.builtin:
		return builtinConfiguration(o.ref).Role, nil
	}
	return o.version.Config.Role, nil
}

// lookUp finds what a function's ARN names, for the server itself; nil where
// there is nothing.
func (s *Service) lookUp(tx *store.Tx, functionARN string) (*opened, error) {
	ref, err := function.ParseRef(functionARN, "", "", "")
	if err != nil {
		return nil, nil // what is no ARN of a function names none
	}
	found, err := tx.Function(ref)
	switch {
	case err != nil:
		return nil, err
	case found == nil && s.isBuiltin(ref):
		return &opened{ref: ref, builtin: true}, nil
	case found == nil:
		return nil, nil
	}
	o := &opened{ref: ref, Function: found}
	if err := o.resolve(tx); err != nil || o.version == nil {
		return nil, err
	}
	return o, nil
}
