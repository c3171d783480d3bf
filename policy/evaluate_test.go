package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/policy"
)

const (
	root1   = "arn:aws:iam::111111111111:root"
	alice   = "arn:aws:iam::111111111111:user/alice"
	reader  = "arn:aws:iam::111111111111:role/team/r"
	session = "arn:aws:sts::111111111111:assumed-role/r/s"
	inOne   = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:q-AbCdEf"
	inTwo   = "arn:aws:secretsmanager:eu-west-1:222222222222:secret:x-AbCdEf"
	aKey    = "arn:aws:kms:eu-west-1:111111111111:key/1"
)

// parse reads a policy of one statement, written as its effect, its principal
// ("" in identity policies) and its condition.
func parse(t *testing.T, kind policy.Kind, statements ...string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, kind)
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return d
}

func statement(effect, principal, condition string) string {
	who := ""
	if principal != "" {
		who = fmt.Sprintf(`"Principal":{"AWS":%q},`, principal)
	}
	return fmt.Sprintf(`{"Effect":%q,%s"Action":"*","Resource":"*","Condition":{%s}}`, effect, who, condition)
}

// keys is a request's context.
func keys(values map[string][]string) policy.Context {
	return func(key string) []string { return values[key] }
}

// TestTruthTable is iam-kms.md, 2.1, row by row. "-" says nothing about the
// request, "" is no policy at all.
func TestTruthTable(t *testing.T) {
	user := policy.Principal{Type: policy.User, Account: "111111111111", ARN: alice}
	sess := policy.Principal{Type: policy.AssumedRole, Account: "111111111111", ARN: session, Issuer: reader}
	sessT := sess
	sessT.ARN = "arn:aws:sts::111111111111:assumed-role/r/t"
	root := policy.Principal{Type: policy.Account, Account: "111111111111", ARN: root1}
	const (
		allowed   = "allowed"
		byNobody  = "implicit, identity-based policy"
		byRP      = "implicit, resource-based policy"
		byB       = "implicit, permissions boundary"
		bySP      = "implicit, session policy"
		denies    = "explicit, "
		anyRole   = `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/*"}`
		notTagged = `"StringNotEquals":{"aws:PrincipalTag/t":"x"}`
	)
	for _, c := range []struct {
		row        int
		who        policy.Principal
		on         string
		i, rp      string // effect, or effect and principal
		b, sp      string
		condition  string // of the resource policy
		own        bool   // the resource's policy decides
		want, name string
	}{
		{1, user, inOne, "-", "-", "", "", "", false, byNobody, ""},
		{2, user, inOne, "Allow", "-", "", "", "", false, allowed, ""},
		{3, user, inOne, "-", "Allow " + alice, "", "", "", false, allowed, ""},
		{4, user, inOne, "-", "Allow " + root1, "", "", "", false, byNobody, ""},
		{5, user, inOne, "Allow", "Allow " + root1, "", "", "", false, allowed, ""},
		{6, user, inOne, "Allow", "Deny " + alice, "", "", "", false, denies + "resource-based policy", ""},
		{7, user, inOne, "Deny", "Allow " + alice, "", "", "", false, denies + "identity-based policy", ""},
		{8, user, inOne, "Allow", "-", "-", "", "", false, byB, ""},
		{9, user, inOne, "-", "Allow " + alice, "-", "", "", false, allowed, ""},
		{10, user, inOne, "-", "Allow " + alice, "Deny", "", "", false, denies + "permissions boundary", ""},
		{11, user, inOne, "-", "-", "Allow", "", "", false, byNobody, ""},
		{12, sess, inOne, "Allow", "-", "", "", "", false, allowed, ""},
		{13, sess, inOne, "Allow", "-", "", "-", "", false, bySP, ""},
		{14, sess, inOne, "-", "Allow " + reader, "", "", "", false, allowed, ""},
		{15, sess, inOne, "-", "Allow " + reader, "", "-", "", false, bySP, ""},
		{16, sess, inOne, "-", "Allow " + reader, "-", "", "", false, byB, ""},
		{17, sess, inOne, "-", "Allow " + session, "-", "-", "", false, allowed, ""},
		{18, sessT, inOne, "-", "Allow " + session, "", "", "", false, byNobody, ""},
		{19, sess, inOne, "-", "Allow *", "-", "-", anyRole, false, allowed, ""},
		{20, root, inOne, "", "-", "", "", "", false, allowed, ""},
		{21, root, inOne, "", "Deny *", "", "", "", false, denies + "resource-based policy", ""},
		{22, user, inTwo, "Allow", "-", "", "", "", false, byRP, ""},
		{23, user, inTwo, "-", "Allow " + alice, "", "", "", false, byNobody, ""},
		{24, user, inTwo, "Allow", "Allow " + root1, "", "", "", false, allowed, ""},
		{24, user, inTwo, "Allow", "Allow " + alice, "", "", "", false, allowed, "named"},
		{25, user, inTwo, "Allow", "Allow " + root1, "-", "", "", false, byB, ""},
		{26, user, aKey, "Allow", "-", "", "", "", true, byRP, ""},
		{27, user, aKey, "-", "Allow " + alice, "", "", "", true, allowed, ""},
		{28, root, aKey, "", "-", "", "", "", true, byRP, ""},
		{28, root, aKey, "", "Allow " + root1, "", "", "", true, allowed, "named"},
		{29, user, reader, "-", "Allow " + alice, "", "", "", true, allowed, ""},
		{30, user, reader, "-", "Allow " + root1, "", "", "", true, byNobody, ""},
		{30, user, reader, "Allow", "Allow " + root1, "", "", "", true, allowed, "allowed"},
		{31, user, inOne, "Allow", "Deny *", "", "", notTagged, false, denies + "resource-based policy", ""},
		// Beyond the table.
		{0, user, inTwo, "-", "-", "", "", "", false, byRP, "neither account allows"},
		{0, sess, inTwo, "Allow", "Allow " + session, "", "-", "", false, bySP, "a foreign session is capped"},
		{0, root, inTwo, "", "Allow 111111111111", "", "", "", false, allowed, "a foreign root"},
		{0, root, inTwo, "", "-", "", "", "", false, byRP, "a foreign root, not let in"},
		{0, sess, inOne, "Allow", "-", "", "Deny", "", false, denies + "session policy", "denied by the session"},
		{0, user, inOne, "Allow", "Deny 111111111111", "", "", "", false, denies + "resource-based policy", "the account is denied"},
		{0, sess, inOne, "Allow", "Deny " + reader, "", "", "", false, denies + "resource-based policy", "the role is denied"},
		{0, policy.Principal{Type: policy.Anonymous}, inOne, "", "Allow *", "", "", "", false, allowed, "anybody"},
		{0, policy.Principal{Type: policy.Anonymous}, inOne, "", "Allow " + root1, "", "", "", false, byRP, "nobody"},
		{0, policy.Principal{Type: policy.FederatedUser, Account: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/f", Issuer: alice},
			inOne, "Allow", "-", "", "", "", false, bySP, "a federated user without a session policy"},
		{0, policy.Principal{Type: policy.FederatedUser, Account: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/f", Issuer: alice},
			inOne, "-", "Allow " + alice, "", "-", "", false, bySP, "a grant to its user is capped"},
		{0, policy.Principal{Type: policy.FederatedUser, Account: "111111111111", ARN: "arn:aws:sts::111111111111:federated-user/f", Issuer: alice},
			inOne, "-", "Allow arn:aws:sts::111111111111:federated-user/f", "-", "-", "", false, allowed, "a grant to itself is not"},
	} {
		t.Run(fmt.Sprint(c.row, c.name), func(t *testing.T) {
			identity := func(effect string) []*policy.Document {
				switch effect {
				case "":
					return nil
				case "-":
					return []*policy.Document{parse(t, policy.Identity, `{"Effect":"Allow","Action":"other:Action","Resource":"*"}`)}
				}
				return []*policy.Document{parse(t, policy.Identity, statement(effect, "", ""))}
			}
			on := policy.Policies{Identity: identity(c.i), Session: identity(c.sp), ResourceDecides: c.own}
			if b := identity(c.b); b != nil {
				on.Boundary = b[0]
			}
			if c.rp != "-" {
				effect, who, _ := strings.Cut(c.rp, " ")
				on.Resource = parse(t, policy.Resource, statement(effect, who, c.condition))
			}
			ctx := keys(map[string][]string{"aws:principalarn": {reader}})
			got := policy.Evaluate(policy.Request{
				Principal: c.who, Action: "service:Do", Resource: c.on, ResourceAccount: strings.Split(c.on, ":")[4], Context: ctx,
			}, on)
			if written(got) != c.want {
				t.Errorf("got %s, want %s", written(got), c.want)
			}
		})
	}
}

func written(v policy.Verdict) string {
	switch {
	case v.Allowed:
		return "allowed"
	case v.Explicit:
		return "explicit, " + string(v.By)
	}
	return "implicit, " + string(v.By)
}

// says evaluates one statement of an identity policy.
func says(t *testing.T, text, action, resource string, ctx policy.Context) bool {
	t.Helper()
	return policy.Evaluate(policy.Request{
		Principal: policy.Principal{Type: policy.User, Account: "111111111111", ARN: alice},
		Action:    action, Resource: resource, ResourceAccount: "111111111111", Context: ctx,
	}, policy.Policies{Identity: []*policy.Document{parse(t, policy.Identity, text)}}).Allowed
}

func TestNotPrincipal(t *testing.T) {
	user := policy.Principal{Type: policy.User, Account: "111111111111", ARN: alice}
	sess := policy.Principal{Type: policy.AssumedRole, Account: "111111111111", ARN: session, Issuer: reader}
	for _, c := range []struct {
		name   string
		effect string
		listed []string
		who    policy.Principal
		want   string
	}{
		{"spared", "Deny", []string{alice, root1}, user, "implicit, identity-based policy"},
		{"without the account", "Deny", []string{alice}, user, "explicit, resource-based policy"},
		{"only the account", "Deny", []string{root1}, user, "explicit, resource-based policy"},
		{"session spared", "Deny", []string{session, reader, root1}, sess, "implicit, identity-based policy"},
		{"session without the role", "Deny", []string{session, root1}, sess, "explicit, resource-based policy"},
		{"session of another name", "Deny", []string{"arn:aws:sts::111111111111:assumed-role/r/t", reader, root1}, sess, "explicit, resource-based policy"},
		{"allow to others", "Allow", []string{"222222222222"}, user, "allowed"},
		{"allow to others than him", "Allow", []string{alice}, user, "implicit, identity-based policy"},
		{"allow to others than his", "Allow", []string{root1}, user, "implicit, identity-based policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			quoted := `"` + strings.Join(c.listed, `","`) + `"`
			text := fmt.Sprintf(`{"Effect":%q,"NotPrincipal":{"AWS":[%s]},"Action":"*","Resource":"*"}`, c.effect, quoted)
			got := written(policy.Evaluate(policy.Request{
				Principal: c.who, Action: "a:B", Resource: inOne, ResourceAccount: "111111111111",
			}, policy.Policies{Resource: parse(t, policy.Resource, text)}))
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestServicePrincipal(t *testing.T) {
	d := parse(t, policy.Resource, `{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","secretsmanager.amazonaws.com"]},"Action":"*","Resource":"*"}`)
	for service, want := range map[string]bool{"secretsmanager.amazonaws.com": true, "s3.amazonaws.com": false} {
		got := policy.Evaluate(policy.Request{
			Principal: policy.Principal{Type: policy.Service, ARN: service}, Action: "a:B", Resource: inOne, ResourceAccount: "111111111111",
		}, policy.Policies{Resource: d})
		if got.Allowed != want {
			t.Errorf("%s: %+v", service, got)
		}
	}
}

func TestBroad(t *testing.T) {
	for condition, want := range map[string]bool{
		``: true,
		`"StringEquals":{"aws:SourceAccount":"111111111111"}`:                                    false,
		`"StringEquals":{"AWS:sourcevpce":["vpce-1","vpce-2"]}`:                                  false,
		`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/r"}`:                      false,
		`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/r"}`:                                 true,
		`"StringLike":{"aws:PrincipalOrgID":"o-*"}`:                                              true,
		`"StringLike":{"aws:PrincipalOrgID":["o-1","o-*"]}`:                                      true,
		`"StringLike":{"aws:PrincipalOrgID":"o-1"}`:                                              false,
		`"StringEquals":{"aws:SourceVpc":"${aws:PrincipalTag/vpc}"}`:                             true,
		`"StringEqualsIfExists":{"aws:SourceVpc":"vpc-1"}`:                                       true,
		`"ForAllValues:StringEquals":{"aws:SourceVpc":"vpc-1"}`:                                  true,
		`"StringNotEquals":{"aws:SourceVpc":"vpc-1"}`:                                            true,
		`"StringEquals":{"aws:UserAgent":"x"}`:                                                   true,
		`"StringEquals":{"aws:UserAgent":"x"},"ArnEquals":{"aws:SourceArn":"arn:aws:s3:::mine"}`: false,
	} {
		if got := parse(t, policy.Resource, statement("Allow", "*", condition)).Broad(); got != want {
			t.Errorf("%s: %v", condition, got)
		}
	}
	for text, want := range map[string]bool{
		statement("Deny", "*", ""):                                                                        false,
		statement("Allow", root1, ""):                                                                     false,
		`{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`:                                  true,
		`{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},"Action":"*","Resource":"*"}`:            true,
		`{"Effect":"Allow","Principal":{"AWS":["111111111111","*"]},"Action":"s:Get*","Resource":"*"}`:    true,
		`{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"s:G","Resource":"*"}`: false,
	} {
		if got := parse(t, policy.Resource, text).Broad(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestMatching(t *testing.T) {
	const lead = `{"Effect":"Allow",`
	for _, c := range []struct {
		text, action, resource string
		want                   bool
	}{
		{`"Action":"secretsmanager:Get*","Resource":"*"`, "secretsmanager:GetSecretValue", inOne, true},
		{`"Action":"SecretsManager:get?ecretvalue","Resource":"*"`, "secretsmanager:GetSecretValue", inOne, true},
		{`"Action":["kms:*","secretsmanager:Put*"],"Resource":"*"`, "secretsmanager:GetSecretValue", inOne, false},
		{`"NotAction":"iam:*","Resource":"*"`, "secretsmanager:GetSecretValue", inOne, true},
		{`"NotAction":"secretsmanager:*","Resource":"*"`, "secretsmanager:GetSecretValue", inOne, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*"`, "a:B", inOne, true},
		{`"Action":"*","Resource":"arn:*:secretsmanager:eu-west-1:*"`, "a:B", inOne, true},
		{`"Action":"*","Resource":"arn:aws:kms:*"`, "a:B", inOne, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:q-??????"`, "a:B", inOne, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:q"`, "a:B", inOne, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:Q-*"`, "a:B", inOne, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:q-*"`, "a:B", "*", false},
		{`"Action":"*","NotResource":"arn:aws:secretsmanager:*:*:secret:q-*"`, "a:B", "*", true},
		{`"Action":"*","NotResource":"arn:aws:secretsmanager:*:*:secret:q-*"`, "a:B", inOne, false},
		{`"Action":"*","Resource":"*"`, "a:B", "*", true},
	} {
		if got := says(t, lead+c.text+"}", c.action, c.resource, nil); got != c.want {
			t.Errorf("%s: %v for %s on %s", c.text, got, c.action, c.resource)
		}
	}
}

// TestVariables is iam-kms.md, 1.4.
func TestVariables(t *testing.T) {
	arn := func(name string) string { return "arn:aws:secretsmanager:r:1:secret:" + name }
	ctx := keys(map[string][]string{
		"aws:username": {"alice"}, "aws:principaltag/star": {"*"}, "aws:principaltag/empty": {""},
		"aws:tagkeys": {"one"}, "aws:calledvia": {"a", "b"},
	})
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"${aws:username}-*", "alice-1", true},
		{"${AWS:UserName}-*", "alice-1", true},
		{"${aws:username}-*", "bob-1", false},
		{"${aws:principaltag/star}", "anything", false},
		{"${aws:principaltag/star}", "*", true},
		{"a${*}c", "abc", false},
		{"a${*}c", "a*c", true},
		{"a${?}${$}", "a?$", true},
		{"x${aws:principaltag/empty}y", "xy", true},
		{"${aws:principaltag/none, 'all'}", "all", true},
		{"${aws:username, 'all'}", "all", false},
		{"${aws:principaltag/none}", "", false},
		{"${aws:tagkeys}", "one", false},
		{"${aws:calledvia, 'x'}", "x", false},
		{"$alice}", "$alice}", true},
	} {
		text := fmt.Sprintf(`{"Effect":"Allow","Action":"*","Resource":%q}`, arn(c.pattern))
		if got := says(t, text, "a:B", arn(c.name), ctx); got != c.want {
			t.Errorf("%s: %v for %s", c.pattern, got, c.name)
		}
	}
	unresolved := `{"Effect":"Allow","Action":"*","NotResource":"` + arn("${aws:none}") + `"}`
	if says(t, unresolved, "a:B", arn("x"), ctx) {
		t.Error("a variable without a value in NotResource allows")
	}
	old, err := policy.Parse(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"`+arn("${aws:username}")+`"}}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"alice": false, "${aws:username}": true} {
		got := policy.Evaluate(policy.Request{Principal: policy.Principal{Type: policy.User, Account: "1"}, Action: "a:B", Resource: arn(name), ResourceAccount: "1", Context: ctx},
			policy.Policies{Identity: []*policy.Document{old}})
		if got.Allowed != want {
			t.Errorf("before 2012, %s: %+v", name, got)
		}
	}
}

// TestDenyAdds: a Deny of everything, in whichever policy, ends the matter.
func TestDenyAdds(t *testing.T) {
	everything := parse(t, policy.Identity, statement("Deny", "", ""))
	grants := parse(t, policy.Identity, statement("Allow", "", ""))
	who := policy.Principal{Type: policy.AssumedRole, Account: "1", ARN: session, Issuer: reader}
	for by, on := range map[policy.Source]policy.Policies{
		policy.IdentityBased:       {Identity: []*policy.Document{grants, everything}},
		policy.PermissionsBoundary: {Identity: []*policy.Document{grants}, Boundary: everything},
		policy.SessionPolicy:       {Identity: []*policy.Document{grants}, Session: slices.Concat([]*policy.Document{grants}, []*policy.Document{everything})},
	} {
		got := policy.Evaluate(policy.Request{Principal: who, Action: "a:B", Resource: "*", ResourceAccount: "1"}, on)
		if got != (policy.Verdict{Explicit: true, By: by}) {
			t.Errorf("%s: %+v", by, got)
		}
	}
}
