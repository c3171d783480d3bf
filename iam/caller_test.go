package iam_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
)

const (
	account = "123456789012"
	action  = "secretsmanager:GetSecretValue"
	db      = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3"
	role    = "arn:aws:sts::123456789012:assumed-role/App/i-1"
	issuer  = "arn:aws:iam::123456789012:role/apps/App"
)

func parse(t *testing.T, kind policy.Kind, text string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(text, kind)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

// wantText holds a refusal against its text, "" for none.
func wantText(t *testing.T, err error, text string) {
	t.Helper()
	if text == "" && err == nil {
		return
	}
	if err == nil || fault.KindOf(err) != fault.AccessDenied || fault.Message(err) != text {
		t.Errorf("got %v\nwant %s", err, text)
	}
}

func TestNewRoot(t *testing.T) {
	root := iam.NewRoot(account, "eu-west-1", "AKIA1")
	if root.Type != iam.Root || root.Account != account || root.Region != "eu-west-1" || root.AccessKeyID != "AKIA1" ||
		root.ARN != "arn:aws:iam::123456789012:root" || root.PrincipalID != account || root.Policies != nil || root.RotationToken != "" {
		t.Errorf("%+v", root)
	}
}

// TestAuthorize holds the texts of secrets-manager.md, 1.5.
func TestAuthorize(t *testing.T) {
	may := func(effect policy.Effect, actions, resources string) *policy.Document {
		return parse(t, policy.Identity, fmt.Sprintf(`{"Statement":{"Effect":%q,"Action":%q,"Resource":%q}}`, effect, actions, resources))
	}
	caller := func(policies ...*policy.Document) iam.Caller {
		return iam.Caller{Type: iam.AssumedRole, Account: account, ARN: role, Issuer: issuer, Policies: policies}
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
		"allowed by pattern":        {caller(may(policy.Allow, "secretsmanager:Get*", "arn:aws:secretsmanager:*:secret:db-??????")), account, "db", ""},
		"no policy":                 {caller(), account, "db", user + " on resource: db" + silent},
		"another action":            {caller(may(policy.Allow, "secretsmanager:DescribeSecret", "*")), account, "db", user + " on resource: db" + silent},
		"another resource":          {caller(may(policy.Allow, action, "arn:aws:secretsmanager:*:secret:web-*")), account, db, user + " on resource: " + db + silent},
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
			wantText(t, test.caller.Authorize(iam.Ask{Action: action, Resource: db, Account: test.account, Shown: test.shown}), test.text)
		})
	}
}

// TestAuthorizeTexts names the kind of policy that refused.
func TestAuthorizeTexts(t *testing.T) {
	const head = "User: " + role + " is not authorized to perform: " + action + " on resource: db"
	identity := func(effect string) *policy.Document {
		return parse(t, policy.Identity, `{"Statement":{"Effect":"`+effect+`","Action":"*","Resource":"*"}}`)
	}
	mine := func(effect, who string) *policy.Document {
		return parse(t, policy.Resource, `{"Statement":{"Effect":"`+effect+`","Principal":{"AWS":"`+who+`"},"Action":"*","Resource":"*"}}`)
	}
	all, no := []*policy.Document{identity("Allow")}, identity("Deny")
	other := parse(t, policy.Identity, `{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*"}}`)
	for name, test := range map[string]struct {
		caller   iam.Caller
		resource *policy.Document
		text     string
	}{
		"denied by the resource": {iam.Caller{Policies: all}, mine("Deny", "*"), head + " with an explicit deny in a resource-based policy"},
		"denied by the boundary": {iam.Caller{Policies: all, Boundary: no}, nil, head + " with an explicit deny in a permissions boundary"},
		"denied by the session":  {iam.Caller{Policies: all, SessionPolicies: []*policy.Document{no}}, nil, head + " with an explicit deny in a session policy"},
		"not by the boundary":    {iam.Caller{Policies: all, Boundary: other}, nil, head + " because no permissions boundary allows the " + action + " action"},
		"not by the session":     {iam.Caller{Policies: all, SessionPolicies: []*policy.Document{other}}, nil, head + " because no session policy allows the " + action + " action"},
		"by the role's name":     {iam.Caller{}, mine("Allow", issuer), ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := test.caller
			c.Type, c.Account, c.ARN, c.Issuer = iam.AssumedRole, account, role, issuer
			wantText(t, c.Authorize(iam.Ask{Action: action, Resource: db, Account: account, Shown: "db", Policy: test.resource}), test.text)
		})
	}
	root := iam.NewRoot(account, "eu-west-1", "")
	wantText(t, root.Authorize(iam.Ask{Action: action, Resource: db, Account: account, Shown: "db", Policy: mine("Deny", "*")}),
		"User: "+root.ARN+" is not authorized to perform: "+action+" on resource: db with an explicit deny in a resource-based policy")
	wantText(t, root.Authorize(iam.Ask{Action: action, Resource: db, Account: account, Shown: "db", Policy: mine("Deny", issuer)}), "")
}

// TestCallersKeys holds the global condition keys that are about the caller
// (iam-kms.md, 1.6).
func TestCallersKeys(t *testing.T) {
	session := iam.Caller{
		Type: iam.AssumedRole, Account: account, ARN: role, Issuer: issuer, PrincipalID: "AROAAPP:i-1",
		Tags:    map[string]string{"Team": "red", "team": "blue"},
		Session: &iam.Session{Issued: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC), SourceIdentity: "alice"},
	}
	lambda := iam.NewService("lambda.amazonaws.com", "us-east-1")
	user := iam.Caller{Type: iam.User, Account: account, ARN: "arn:aws:iam::123456789012:user/staff/alice", PrincipalID: "AIDAALICE"}
	for _, c := range []struct {
		caller    iam.Caller
		condition string
		want      bool
	}{
		{session, `"StringEquals":{"aws:PrincipalArn":"` + issuer + `"}`, true},
		{session, `"StringEquals":{"aws:PrincipalAccount":"123456789012","aws:PrincipalType":"AssumedRole","aws:userid":"AROAAPP:i-1"}`, true},
		{session, `"StringEquals":{"aws:PrincipalTag/TEAM":"red"}`, true},
		{session, `"Null":{"aws:PrincipalTag/other":"true","aws:username":"true"}`, true},
		{session, `"Bool":{"aws:PrincipalIsAWSService":"false"}`, true},
		{session, `"DateEquals":{"aws:TokenIssueTime":"2026-11-21T09:00:00Z"},"Bool":{"aws:MultiFactorAuthPresent":"false"},"StringEquals":{"aws:SourceIdentity":"alice"}`, true},
		{user, `"Null":{"aws:TokenIssueTime":"true","aws:MultiFactorAuthPresent":"true","aws:SourceIdentity":"true","aws:PrincipalServiceName":"true"}`, true},
		{lambda, `"Bool":{"aws:PrincipalIsAWSService":"true"},"StringEquals":{"aws:PrincipalServiceName":"lambda.amazonaws.com"},"Null":{"aws:PrincipalArn":"true","aws:PrincipalAccount":"true"}`, true},
		{session, `"StringEquals":{"k:k":"v"}`, true},
		{session, `"StringEquals":{"k:k":"w"}`, false},
		{user, `"StringEquals":{"aws:username":"alice","aws:PrincipalType":"User","aws:userid":"AIDAALICE"}`, true},
		{user, `"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/staff/alice"}`, true},
		{iam.NewRoot(account, "", ""), `"StringEquals":{"aws:PrincipalType":"Account","aws:userid":"123456789012"}`, true},
	} {
		// A Deny is what even root is subject to.
		deny := parse(t, policy.Resource, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
			{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{`+c.condition+`}}]}`)
		err := c.caller.Authorize(iam.Ask{Action: action, Resource: db, Account: account, Policy: deny, Context: func(key string) []string {
			if key == "k:k" {
				return []string{"v"}
			}
			return nil
		}})
		if (err != nil) != c.want {
			t.Errorf("%s of %s: %v", c.condition, c.caller.ARN, err)
		}
	}
}
