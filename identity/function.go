package identity

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

const lambda = "lambda.amazonaws.com"

// globalRegion is where IAM is, and what has no region of its own.
const globalRegion = "us-east-1"

// errNotForLambda is Lambda's answer (lambda.md, 2.1); Terraform tries again on it.
var errNotForLambda = fault.New(fault.InvalidParameter, "The role defined for the function cannot be assumed by Lambda.")

// CanAssume tells whether Lambda may run functions of an account as a role of it:
// whether there is the role, and its trust policy lets lambda.amazonaws.com assume
// it. Where not, the error is of the kind fault.InvalidParameter, with the text of
// CreateFunction.
func (s *Sessions) CanAssume(ctx context.Context, account, roleARN string) error {
	_, err := s.roleForLambda(ctx, account, roleARN)
	return err
}

// ForFunction begins a session of a function's role, named after the function,
// that lasts d, and says when it ends. Its errors are those of CanAssume. The
// trail has it before it is answered: as AssumeRole, called by Lambda.
func (s *Sessions) ForFunction(ctx context.Context, account, roleARN, functionName string, d time.Duration) (Credentials, time.Time, error) {
	role, err := s.roleForLambda(ctx, account, roleARN)
	if err != nil {
		return Credentials{}, time.Time{}, err
	}
	credentials, expires, err := s.begin(session{RoleID: role.ID, Name: functionName}, d)
	if err != nil {
		return Credentials{}, time.Time{}, err
	}
	event := audit.Event{
		Source: "sts.amazonaws.com", EventName: "AssumeRole", ReadOnly: true,
		UserIdentity: audit.Identity{Type: string(iam.Service), AccountID: account, InvokedBy: lambda},
		AWSRegion:    globalRegion, SourceIPAddress: lambda, UserAgent: lambda, RecipientAccountID: account,
		Resources: []audit.Resource{{ARN: roleARN, AccountID: account, Type: aRole}},
	}
	event.RequestParameters, event.ResponseElements, err = trailOf(roleARN, functionName, d, credentials.AccessKeyID)
	if err != nil {
		return Credentials{}, time.Time{}, err
	}
	if err := s.Trail.Call(event, s.Store.Now()); err != nil {
		return Credentials{}, time.Time{}, err
	}
	return credentials, expires, nil
}

// trailOf is what the trail has of a call that nobody made over the wire.
func trailOf(roleARN, name string, d time.Duration, accessKeyID string) (request, response []byte, err error) {
	request, err = json.Marshal(struct {
		RoleARN         string `json:"roleArn"`
		RoleSessionName string `json:"roleSessionName"`
		DurationSeconds int64  `json:"durationSeconds"`
	}{roleARN, name, int64(d / time.Second)})
	if err != nil {
		return nil, nil, err
	}
	response, err = json.Marshal(map[string]map[string]string{"credentials": {"accessKeyId": accessKeyID}})
	return request, response, err
}

func (s *Sessions) roleForLambda(ctx context.Context, account, roleARN string) (*iam.Role, error) {
	var role *iam.Role
	err := s.Store.View(ctx, func(tx *store.Tx) (err error) {
		role, err = roleOf(tx, roleARN)
		return err
	})
	if err != nil {
		return nil, err
	}
	if role == nil || role.Account != account {
		return nil, errNotForLambda
	}
	trust, err := s.documents.Read(role.Trust, policy.Trust)
	if err != nil {
		return nil, err
	}
	may := iam.NewService(lambda, globalRegion).May(iam.Ask{
		Action: "sts:AssumeRole", Resource: roleARN, Account: account, Policy: trust, Decides: true,
		Context: func(key string) []string {
			switch key {
			case "aws:sourceaccount", "aws:resourceaccount":
				return []string{account}
			case "aws:currenttime":
				return []string{s.Store.Now().Format(time.RFC3339)}
			}
			if name, ok := strings.CutPrefix(key, "aws:resourcetag/"); ok {
				return tagged(role.Tags, name)
			}
			return nil
		},
	})
	if !may {
		return nil, errNotForLambda
	}
	return role, nil
}

// roleOf finds the role that an ARN names, in any account; nil when there is none.
func roleOf(tx *store.Tx, arn string) (*iam.Role, error) {
	kind, account, _, name, ok := iam.ParseARN(arn)
	if !ok || kind != "role" {
		return nil, nil
	}
	role, err := tx.Role(account, name)
	if err != nil || role == nil || role.ARN() != arn {
		return nil, err
	}
	return role, nil
}
