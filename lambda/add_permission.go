package lambda

import (
	"errors"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// AddPermissionInput allows somebody something, in the policy of a function, of a
// version or of an alias (lambda.md, 2.8).
type AddPermissionInput struct {
	FunctionName          *string `json:"FunctionName"`
	StatementID           *string `json:"StatementId"`
	Action                *string `json:"Action"`
	Principal             *string `json:"Principal"`
	SourceArn             *string `json:"SourceArn"`
	SourceAccount         *string `json:"SourceAccount"`
	EventSourceToken      *string `json:"EventSourceToken"`
	Qualifier             *string `json:"Qualifier"`
	RevisionID            *string `json:"RevisionId"`
	PrincipalOrgID        *string `json:"PrincipalOrgID"`
	FunctionURLAuthType   *string `json:"FunctionUrlAuthType"`
	InvokedViaFunctionURL *bool   `json:"InvokedViaFunctionUrl"`
}

// AddPermissionOutput has the new statement, which is JSON in a text.
type AddPermissionOutput struct {
	Statement string `json:"Statement"`
}

// principal is for the condition key lambda:Principal.
func (in *AddPermissionInput) principal() string { return text(in.Principal) }

func (in *AddPermissionInput) permission() function.Permission {
	return function.Permission{
		Sid: text(in.StatementID), Action: text(in.Action), Principal: text(in.Principal),
		SourceARN: text(in.SourceArn), SourceAccount: text(in.SourceAccount), OrganizationID: text(in.PrincipalOrgID),
		EventSourceToken: text(in.EventSourceToken), URLAuthType: text(in.FunctionURLAuthType), ViaURL: in.InvokedViaFunctionURL,
	}
}

func (*AddPermissionInput) missing(ref function.Ref) error { return ref.Unqualified().NotFound() }

var errPolicyOfLatest = fault.New(fault.InvalidParameter, "We currently do not support adding policies for $LATEST.")

// errSidTaken refuses a second statement of one name in a policy.
func errSidTaken(sid string) error {
	return fault.New(fault.Conflict, "The statement id (%s) provided already exists. "+
		"Please provide a new statement id, or remove the existing statement.", sid)
}

func (s *Service) addPermission(c *call, in *AddPermissionInput) (*AddPermissionOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*AddPermissionOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if err := in.checkFor(tx, o); err != nil {
			return nil, err
		}
		others, err := tx.PermissionStatements(o.Function, o.ref.Qualifier)
		if err != nil {
			return nil, err
		}
		statement, err := fitting(in.permission(), o.ref.QualifiedARN(), others)
		if err != nil {
			return nil, err
		}
		if err := tx.AddPermission(o.Function, o.ref.Qualifier, *in.StatementID, statement); err != nil {
			return nil, err
		}
		return &AddPermissionOutput{statement}, o.touch(tx)
	})
}

// checkFor refuses what cannot be added to the policy of what was opened.
func (in *AddPermissionInput) checkFor(tx *store.Tx, o *opened) error {
	if o.ref.Qualifier == function.Latest {
		return errPolicyOfLatest
	}
	if err := o.named(); err != nil {
		return err
	}
	if err := function.CheckRevision(in.RevisionID, o.revision(), "GetPolicy"); err != nil {
		return err
	}
	taken, err := tx.HasPermission(o.Function, o.ref.Qualifier, *in.StatementID)
	if err == nil && taken {
		err = errSidTaken(*in.StatementID)
	}
	return err
}

// fitting is the statement of a permission to use a resource, if the resource's
// policy has room for it beside its other statements.
func fitting(p function.Permission, resource string, others []string) (string, error) {
	statement, err := readable(p, resource)
	if err != nil {
		return "", err
	}
	return statement, function.CheckPolicySize(PolicyText(append(others, statement)))
}

// readable is the statement of a permission, which policies can be asked about:
// a policy that could not be read would close what it is for to everybody.
func readable(p function.Permission, resource string) (string, error) {
	statement, err := p.Statement(resource)
	if err != nil {
		return "", err
	}
	_, err = policy.Parse(PolicyText([]string{statement}), policy.Resource)
	var wrong *policy.Error
	switch {
	case err == nil:
		return statement, nil
	case errors.As(err, &wrong) && wrong.Problem != policy.Syntax:
		return "", function.ErrPrincipal
	}
	return "", fault.New(fault.InvalidParameter, "The provided permission cannot be part of a policy: %s", err)
}

// named refuses a qualifier that names nothing. An alias is called missing by
// another text than a version.
func (o *opened) named() error {
	if _, isNumber := o.ref.Number(); o.alias == nil && o.ref.Qualifier != "" && o.ref.Qualifier != function.Latest && !isNumber {
		return errNoAlias(o.ref)
	}
	return o.resolved()
}

// errNoAlias says that there is no such alias.
func errNoAlias(ref function.Ref) error {
	return fault.New(fault.NotFound, "Cannot find alias arn: %s", ref.QualifiedARN())
}

// revision is that of what the reference names: the alias, or the version.
func (o *opened) revision() string {
	if o.alias != nil {
		return o.alias.Revision
	}
	return o.version.Revision
}

// touch gives what the reference names a new revision.
func (o *opened) touch(tx *store.Tx) error {
	if o.alias != nil {
		o.alias.Touch()
		return tx.PutAlias(o.Function, *o.alias)
	}
	o.version.Touch()
	return tx.PutFunctionVersion(o.Function, o.version)
}
