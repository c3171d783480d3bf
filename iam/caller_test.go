package iam_test

import (
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
)

const (
	account = "123456789012"
	action  = "secretsmanager:GetSecretValue"
	db      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3"
	role    = "arn:aws:sts::123456789012:assumed-role/App/i-1"
)

func TestNewRoot(t *testing.T) {
	root := iam.NewRoot(account, "eu-west-1", "AKIA1")
	if root.Type != iam.Root || root.Account != account || root.Region != "eu-west-1" || root.AccessKeyID != "AKIA1" ||
		root.ARN != "arn:aws:iam::123456789012:root" || root.PrincipalID != account || root.Policies != nil || root.RotationToken != "" {
		t.Errorf("%+v", root)
	}
}

// TestAuthorize holds the texts of secrets-manager.md, 1.5.
func TestAuthorize(t *testing.T) {
	may := func(effect policy.Effect, actions, resources string) policy.Statement {
		return policy.Statement{Effect: effect, Actions: []string{actions}, Resources: []string{resources}}
	}
	caller := func(statements ...policy.Statement) iam.Caller {
		return iam.Caller{Type: iam.AssumedRole, Account: account, ARN: role, Policies: statements}
	}
	const (
		user     = "User: " + role + " is not authorized to perform: " + action
		silent   = " because no identity-based policy allows the " + action + " action"
		explicit = " with an explicit deny in an identity-based policy"
		foreign  = " because no resource-based policy allows the " + action + " action"
	)
	for name, test := range map[string]struct {
		caller         iam.Caller
		account, shown string
		text           string // "" when allowed
	}{
		"root":                      {iam.NewRoot(account, "eu-west-1", ""), account, "db", ""},
		"root of another account":   {iam.NewRoot("210987654321", "eu-west-1", ""), account, db, "User: arn:aws:iam::210987654321:root is not authorized to perform: " + action + " on resource: " + db + foreign},
		"allowed":                   {caller(may(policy.Allow, action, db)), account, "db", ""},
		"allowed by pattern":        {caller(may(policy.Allow, "secretsmanager:Get*", "*:secret:db-??????")), account, "db", ""},
		"no policy":                 {caller(), account, "db", user + " on resource: db" + silent},
		"another action":            {caller(may(policy.Allow, "secretsmanager:DescribeSecret", "*")), account, "db", user + " on resource: db" + silent},
		"another resource":          {caller(may(policy.Allow, action, "*:secret:web-*")), account, db, user + " on resource: " + db + silent},
		"no resource to show":       {caller(), account, "", user + silent},
		"denied":                    {caller(may(policy.Allow, "*", "*"), may(policy.Deny, action, "*")), account, "db", user + " on resource: db" + explicit},
		"denied first":              {caller(may(policy.Deny, action, "*"), may(policy.Allow, "*", "*")), account, "db", user + " on resource: db" + explicit},
		"another denied":            {caller(may(policy.Allow, "*", "*"), may(policy.Deny, "kms:*", "*")), account, "db", ""},
		"another account":           {caller(may(policy.Allow, "*", "*")), "210987654321", db, user + " on resource: " + db + foreign},
		"denied in another account": {caller(may(policy.Deny, "*", "*")), "210987654321", db, user + " on resource: " + db + explicit},
		"nobody":                    {iam.Caller{}, account, "db", "User:  is not authorized to perform: " + action + " on resource: db" + foreign},
		"root by name only":         {iam.Caller{Type: iam.AssumedRole, Account: account, ARN: "arn:aws:iam::123456789012:root"}, account, "db", "User: arn:aws:iam::123456789012:root is not authorized to perform: " + action + " on resource: db" + silent},
	} {
		t.Run(name, func(t *testing.T) {
			err := test.caller.Authorize(action, test.account, db, test.shown)
			if test.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || fault.KindOf(err) != fault.AccessDenied || fault.Message(err) != test.text {
				t.Errorf("got %v\nwant %s", err, test.text)
			}
		})
	}
}
