package iam_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
)

func TestRoleNames(t *testing.T) {
	r := iam.Role{ID: "AROAX", Account: account, Path: "/apps/", Name: "App"}
	if r.ARN() != issuer || r.SessionARN("i-1") != role || r.SessionID("i-1") != "AROAX:i-1" || r.LongestSession() != time.Hour {
		t.Errorf("%s %s %s %v", r.ARN(), r.SessionARN("i-1"), r.SessionID("i-1"), r.LongestSession())
	}
	if r.MaxSession = 2 * time.Hour; r.LongestSession() != 2*time.Hour {
		t.Errorf("longest %v", r.LongestSession())
	}
}

func TestParseARN(t *testing.T) {
	for _, c := range []struct {
		arn, kind, account, path, name string
		ok                             bool
	}{
		{issuer, "role", account, "/apps/", "App", true},
		{"arn:aws:iam::aws:policy/AdministratorAccess", "policy", "aws", "/", "AdministratorAccess", true},
		{arn: "arn:aws:iam::123456789012:root"},
		{arn: "arn:aws:iam::123456789012:role/"},
		{arn: "arn:aws:iam::123456789012:/App"},
		{arn: "arn:aws:iam:eu-west-1:123456789012:role/App"},
		{arn: "arn:aws:sts::123456789012:assumed-role/App/i-1"},
		{arn: "arn:x:iam::123456789012:role/App"},
		{arn: "App"},
		{arn: ""},
	} {
		kind, account, path, name, ok := iam.ParseARN(c.arn)
		if kind != c.kind || account != c.account || path != c.path || name != c.name || ok != c.ok {
			t.Errorf("%s: %s %s %s %s %v", c.arn, kind, account, path, name, ok)
		}
		if ok && iam.EntityARN(account, kind, path, name) != c.arn {
			t.Errorf("%s comes back as another", c.arn)
		}
	}
}

func TestNewIDs(t *testing.T) {
	id, secret := iam.NewAccessKey(iam.Temporary)
	other, _ := iam.NewAccessKey(iam.Temporary)
	role := iam.NewID(iam.RoleID)
	if !regexp.MustCompile(`^ASIA[A-Z2-7]{16}$`).MatchString(id) || len(secret) != 40 || id == other ||
		!regexp.MustCompile(`^AROA[A-Z2-7]{17}$`).MatchString(role) || role == iam.NewID(iam.RoleID) {
		t.Errorf("%s (%d), %s, %s", id, len(secret), other, role)
	}
}

// TestMay asks a policy that must allow by itself (iam-kms.md, 2.1, rows 29 and 30).
func TestMay(t *testing.T) {
	trust := func(principal string) *policy.Document {
		return parse(t, policy.Trust, `{"Statement":{"Effect":"Allow","Principal":`+principal+`,"Action":"sts:AssumeRole"}}`)
	}
	all := parse(t, policy.Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	session := iam.Caller{Type: iam.AssumedRole, Account: account, ARN: role, Issuer: issuer}
	able := session
	able.Policies = []*policy.Document{all}
	lambda := iam.NewService("lambda.amazonaws.com", "us-east-1")
	for name, c := range map[string]struct {
		caller iam.Caller
		trust  string
		may    bool
	}{
		"named":                   {session, `{"AWS":"` + role + `"}`, true},
		"the account":             {session, `{"AWS":"` + account + `"}`, false},
		"the account, and able":   {able, `{"AWS":"` + account + `"}`, true},
		"not named, though able":  {able, `{"AWS":"` + role + `2"}`, false},
		"a service":               {lambda, `{"Service":"lambda.amazonaws.com"}`, true},
		"another service":         {lambda, `{"Service":"ec2.amazonaws.com"}`, false},
		"a service in an account": {lambda, `{"AWS":"` + account + `"}`, false},
	} {
		if may := c.caller.May(iam.Ask{Action: "sts:AssumeRole", Resource: issuer, Account: account, Policy: trust(c.trust), Decides: true}); may != c.may {
			t.Errorf("%s: %v", name, may)
		}
	}
}
