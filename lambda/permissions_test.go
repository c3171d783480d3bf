package lambda_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

const secretARN = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf"

// createWithAlias makes a function with version 1 and the alias live of it.
func (b *bench) createWithAlias(t *testing.T, name string) {
	t.Helper()
	b.create(t, name, func(in *sdk.CreateFunctionInput) { in.Publish = true })
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		return tx.PutAlias(f, function.Alias{Name: "live", Version: 1, Revision: "r"})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestStatements holds what permissions become to the byte (lambda.md, 2.8).
func TestStatements(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	var policyOf = map[string][]string{}
	for i, c := range []struct{ qualifier, asked, statement string }{
		{"", `"Action":"lambda:InvokeFunction","Principal":"secretsmanager.amazonaws.com"`,
			`"Principal":{"Service":"secretsmanager.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"` + prefix + `function:f"`},
		{"", `"Action":"lambda:*","Principal":"*","PrincipalOrgID":"o-1234567890"`,
			`"Principal":"*","Action":"lambda:*","Resource":"` + prefix + `function:f","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}`},
		{"", `"Action":"*","Principal":"111122223333"`,
			`"Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"*","Resource":"` + prefix + `function:f"`},
		{"1", `"Action":"lambda:GetFunction","Principal":"arn:aws:iam::111122223333:user/ann"`,
			`"Principal":{"AWS":"arn:aws:iam::111122223333:user/ann"},"Action":"lambda:GetFunction","Resource":"` + prefix + `function:f:1"`},
		{"live", `"Action":"lambda:InvokeFunction","Principal":"secretsmanager.amazonaws.com","SourceAccount":"000000000000","SourceArn":"` + secretARN + `"`,
			`"Principal":{"Service":"secretsmanager.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"` + prefix + `function:f:live",` +
				`"Condition":{"StringEquals":{"AWS:SourceAccount":"000000000000"},"ArnLike":{"AWS:SourceArn":"` + secretARN + `"}}`},
		{"live", `"Action":"lambda:InvokeFunctionUrl","Principal":"*","FunctionUrlAuthType":"NONE","EventSourceToken":"a.b-c_1","InvokedViaFunctionUrl":true`,
			`"Principal":"*","Action":"lambda:InvokeFunctionUrl","Resource":"` + prefix + `function:f:live",` +
				`"Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE","lambda:EventSourceToken":"a.b-c_1"},"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}`},
	} {
		sid := fmt.Sprintf("s-%d", i)
		statement := `{"Sid":"` + sid + `","Effect":"Allow",` + c.statement + `}`
		policyOf[c.qualifier] = append(policyOf[c.qualifier], statement)
		at := "POST /2015-03-31/functions/f/policy"
		if c.qualifier != "" {
			at += "?Qualifier=" + c.qualifier
		}
		got := b.send(t, at, `{"StatementId":"`+sid+`",`+c.asked+`}`)
		if want := `{"Statement":"` + strings.ReplaceAll(statement, `"`, `\"`) + `"}`; got.status != 201 || got.body != want {
			t.Errorf("%d: %d %s\nwant %s", i, got.status, got.body, want)
		}
	}
	for qualifier, statements := range policyOf {
		name := "f"
		if qualifier != "" {
			name += ":" + qualifier
		}
		out, err := b.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: &name})
		if err != nil {
			t.Fatal(err)
		}
		if want := `{"Version":"2012-10-17","Id":"default","Statement":[` + strings.Join(statements, ",") + `]}`; *out.Policy != want {
			t.Errorf("%s: %s\nwant %s", name, *out.Policy, want)
		}
	}
}

// TestPolicyRevision is the function's, and another one after every change of
// the policy.
func TestPolicyRevision(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	for _, qualifier := range []*string{nil, aws.String("1"), aws.String("live")} {
		revision := func() string {
			t.Helper()
			if aws.ToString(qualifier) == "live" {
				return b.policy(t, qualifier)
			}
			out, err := b.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: aws.String("f"), Qualifier: qualifier})
			if err != nil {
				t.Fatal(err)
			}
			if of := b.policy(t, qualifier); of != *out.RevisionId {
				t.Errorf("the policy's revision is %s, the function's %s", of, *out.RevisionId)
			}
			return *out.RevisionId
		}
		b.permit(t, qualifier, "a", nil)
		first := revision()
		b.permit(t, qualifier, "b", &first)
		second := revision()
		if first == second {
			t.Errorf("the revision is still %s", first)
		}
		_, err := b.AddPermission(t.Context(), permission(qualifier, "c", &first))
		wrongRevision(t, err, "GetPolicy")
		remove := &sdk.RemovePermissionInput{FunctionName: aws.String("f"), Qualifier: qualifier, StatementId: aws.String("a"), RevisionId: &first}
		_, err = b.RemovePermission(t.Context(), remove)
		wrongRevision(t, err, "GetFunction/GetAlias")
		remove.RevisionId = &second
		if _, err = b.RemovePermission(t.Context(), remove); err != nil {
			t.Fatal(err)
		}
		if third := revision(); third == second {
			t.Errorf("the revision is still %s", second)
		}
	}
}

func permission(qualifier *string, sid string, revision *string) *sdk.AddPermissionInput {
	return &sdk.AddPermissionInput{
		FunctionName: aws.String("f"), Qualifier: qualifier, StatementId: &sid, Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("secretsmanager.amazonaws.com"), RevisionId: revision,
	}
}

func (b *bench) permit(t *testing.T, qualifier *string, sid string, revision *string) {
	t.Helper()
	if _, err := b.AddPermission(t.Context(), permission(qualifier, sid, revision)); err != nil {
		t.Fatal(err)
	}
}

// policy gives the revision of a policy.
func (b *bench) policy(t *testing.T, qualifier *string) string {
	t.Helper()
	out, err := b.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: aws.String("f"), Qualifier: qualifier})
	if err != nil {
		t.Fatal(err)
	}
	return *out.RevisionId
}

func wrongRevision(t *testing.T, err error, api string) {
	t.Helper()
	want := "The Revision Id provided does not match the latest Revision Id. Call the " + api + " API to retrieve the latest Revision Id"
	failsAs[*types.PreconditionFailedException](t, err, want)
}

// TestPermissionErrors has the recorded texts.
func TestPermissionErrors(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	const (
		add      = `{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"secretsmanager.amazonaws.com"}`
		notFound = "ResourceNotFoundException"
		invalid  = "InvalidParameterValueException"
		f, x     = "/2015-03-31/functions/f/policy", "/2015-03-31/functions/x/policy"
	)
	b.refuses(t, "GET "+f, "", 404, notFound, `{"Type":"User","Message":"The resource you requested does not exist."}`)
	b.refuses(t, "DELETE "+f+"/s", "", 404, notFound, `{"Type":"User","Message":"No policy is associated with the given resource."}`)
	b.refuses(t, "GET "+x+"?Qualifier=1", "", 404, notFound, `{"Type":"User","Message":"The resource you requested does not exist."}`)
	b.refuses(t, "DELETE "+x+"/s", "", 404, notFound, `{"Type":"User","Message":"No policy found for: `+prefix+`function:x"}`)
	b.refuses(t, "POST "+x, add, 404, notFound, `{"Type":"User","Message":"Function not found: `+prefix+`function:x"}`)
	b.refuses(t, "POST "+f+"?Qualifier=42", add, 404, notFound, `{"Type":"User","Message":"Function not found: `+prefix+`function:f:42"}`)
	b.refuses(t, "POST "+f+"?Qualifier=dead", add, 404, notFound, `{"Type":"User","Message":"Cannot find alias arn: `+prefix+`function:f:dead"}`)
	b.refuses(t, "POST "+f+"?Qualifier=%24LATEST", add, 400, invalid, `{"Type":"User","message":"We currently do not support adding policies for $LATEST."}`)
	if r := b.send(t, "POST "+f, add); r.status != 201 {
		t.Fatal(r)
	}
	b.refuses(t, "POST "+f, add, 409, "ResourceConflictException",
		`{"Type":"User","message":"The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement."}`)
	b.refuses(t, "DELETE "+f+"/t", "", 404, notFound, `{"Type":"User","Message":"Statement t is not found in resource policy."}`)
	b.refuses(t, "GET "+f+"?Qualifier=1", "", 404, notFound, `{"Type":"User","Message":"The resource you requested does not exist."}`)
	for _, principal := range []string{"nobody", "arn:aws:s3:::bucket", "bad_name.example", "arn:aws:iam::000000000000:user/*"} {
		b.refuses(t, "POST "+f, `{"StatementId":"other","Action":"lambda:InvokeFunction","Principal":"`+principal+`"}`, 400, invalid,
			`{"Type":"User","message":"The provided principal was invalid. Please check the principal and try again."}`)
	}
	b.refuses(t, "POST "+f, strings.Replace(add, `"s"`, `"s s"`, 1), 400, "ValidationException",
		`{"message":"1 validation error detected: Value 's s' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"}`)
	if r := b.send(t, "DELETE "+f+"/s", ""); r.status != 204 || r.body != "" {
		t.Errorf("removed: %+v", r)
	}
	b.refuses(t, "GET "+f, "", 404, notFound, `{"Type":"User","Message":"The resource you requested does not exist."}`)
	b.refuses(t, "POST /2015-03-31/functions/SecretsManagerBuiltinA/policy", add, 400, invalid, `{"Type":"User","message":"`+
		prefix+`function:SecretsManagerBuiltinA is a rotation function that is built in: it can be used for rotations, and neither changed, deleted nor invoked."}`)
	b.refuses(t, "GET /2015-03-31/functions/SecretsManagerBuiltinA/policy", "", 404, notFound, `{"Type":"User","Message":"The resource you requested does not exist."}`)
}

// TestPolicySize is bounded, and what was refused is not kept.
func TestPolicySize(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	long := strings.Repeat("x", 5000)
	add := func(sid string) error {
		in := permission(nil, sid, nil)
		in.SourceArn = aws.String("arn:aws:secretsmanager:::" + long)
		_, err := b.AddPermission(t.Context(), in)
		return err
	}
	for _, sid := range []string{"a", "b", "c"} {
		if err := add(sid); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() string {
		out, err := b.GetPolicy(t.Context(), &sdk.GetPolicyInput{FunctionName: aws.String("f")})
		if err != nil {
			t.Fatal(err)
		}
		return *out.Policy
	}
	before := kept()
	frame := len(lambda.PolicyText(nil))
	each := (len(before) - frame - len(",,")) / 3
	failsAs[*types.PolicyLengthExceededException](t, add("d"), fmt.Sprintf("The final policy size (%d) is bigger than the limit (20480).", len(before)+len(",")+each))
	if after := kept(); after != before {
		t.Errorf("the policy is now %s", after)
	}
}

// TestGrants asks what a rotation asks.
func TestGrants(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	const service = "secretsmanager.amazonaws.com"
	grants := func(function, service, source, account string) bool {
		t.Helper()
		var ok bool
		err := b.Store.View(t.Context(), func(tx *store.Tx) (err error) {
			caller := iam.NewService(service, region)
			caller.SourceARN, caller.SourceAccount = source, account
			ok, err = b.service.Grants(tx, function, caller)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if grants(prefix+"function:f", service, secretARN, account) {
		t.Error("granted without a policy")
	}
	b.permit(t, nil, "all", nil)
	bound := permission(aws.String("live"), "bound", nil)
	bound.SourceAccount, bound.SourceArn = aws.String(account), aws.String("arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-*")
	if _, err := b.AddPermission(t.Context(), bound); err != nil {
		t.Fatal(err)
	}
	const other = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:web-AbCdEf"
	for _, c := range []struct {
		function, service, source, account string
		want                               bool
	}{
		{prefix + "function:f", service, secretARN, account, true},
		{prefix + "function:f", "events.amazonaws.com", secretARN, account, false},
		{prefix + "function:f:$LATEST", service, secretARN, account, false},
		{prefix + "function:f:1", service, secretARN, account, false},
		{prefix + "function:f:live", service, secretARN, account, true},
		{prefix + "function:f:live", service, other, account, false},
		{prefix + "function:f:live", service, secretARN, "111122223333", false},
		{prefix + "function:f:dead", service, secretARN, account, false},
		{prefix + "function:g", service, secretARN, account, false},
		{"f", service, secretARN, account, false},
		{"", service, secretARN, account, false},
		{prefix + "function:SecretsManagerBuiltinA", service, secretARN, account, true},
		{prefix + "function:SecretsManagerBuiltinA", "events.amazonaws.com", secretARN, account, false},
	} {
		if got := grants(c.function, c.service, c.source, c.account); got != c.want {
			t.Errorf("%s for %s (%s, %s): %v", c.function, c.service, c.source, c.account, got)
		}
	}
}

// TestRoleOf is the version's own.
func TestRoleOf(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	for arn, want := range map[string]string{
		prefix + "function:f": role, prefix + "function:f:$LATEST": role, prefix + "function:f:live": role, prefix + "function:f:1": role,
		prefix + "function:f:2": "", prefix + "function:f:dead": "", prefix + "function:g": "", "nonsense": "",
		prefix + "function:SecretsManagerBuiltinA": "arn:aws:iam::000000000000:role/AlbertiRotation",
	} {
		var got string
		err := b.Store.View(t.Context(), func(tx *store.Tx) (err error) {
			got, err = b.service.RoleOf(tx, arn)
			return err
		})
		if err != nil || got != want {
			t.Errorf("%s: %q, %v", arn, got, err)
		}
	}
}

// TestFunctionPolicyLetsIn callers of other accounts, and users of the own one
// without a policy of theirs, as far as the function's policy goes.
func TestFunctionPolicyLetsIn(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	stranger := iam.Caller{
		Type: iam.User, Account: "111122223333", Region: region, ARN: "arn:aws:iam::111122223333:user/ann", PrincipalID: "AIDAANN",
		Policies: []*policy.Document{identityPolicy(t, `{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`)},
	}
	own := iam.Caller{Type: iam.User, Account: account, Region: region, ARN: "arn:aws:iam::000000000000:user/bob", PrincipalID: "AIDABOB"}
	get := func(c iam.Caller, name string) error {
		b.As(c)
		defer b.As(iam.NewRoot(account, region, "AKIATEST"))
		_, err := b.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: aws.String(prefix + "function:" + name)})
		return err
	}
	doortest.Refused(t, get(stranger, "f"), "AccessDeniedException", "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: lambda:GetFunctionConfiguration on resource: "+
		prefix+"function:f because no resource-based policy allows the lambda:GetFunctionConfiguration action")
	doortest.Refused(t, get(own, "f"), "AccessDeniedException", "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: lambda:GetFunctionConfiguration on resource: "+
		prefix+"function:f because no identity-based policy allows the lambda:GetFunctionConfiguration action")
	for sid, principal := range map[string]string{"ann": "111122223333", "bob": own.ARN} {
		in := permission(nil, sid, nil)
		in.Principal, in.Action = &principal, aws.String("lambda:GetFunctionConfiguration")
		if _, err := b.AddPermission(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []iam.Caller{stranger, own} {
		if err := get(c, "f"); err != nil {
			t.Errorf("%s: %v", c.ARN, err)
		}
		if err := get(c, "f:live"); err == nil {
			t.Errorf("%s came in by an alias without a policy", c.ARN)
		}
	}
}
