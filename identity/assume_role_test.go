package identity_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
)

// trusts is a trust policy for a principal, with a condition or "".
func trusts(actions, principal, condition string) string {
	if condition != "" {
		condition = `,"Condition":{` + condition + `}`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":` + actions + condition + `}]}`
}

const (
	assume = `"sts:AssumeRole"`
	first  = "arn:aws:sts::000000000000:assumed-role/First/fn"
)

// chain is a bench whose caller is the session fn of the role First, which may do
// what document allows.
func chain(t *testing.T, document string) *bench {
	t.Helper()
	b := newBench(t)
	arn := b.role(t, "First", trustLambda, document)
	b.As(b.session(t, arn, "fn"))
	return b
}

// asRoot makes a role as root, whoever calls now.
func (b *bench) asRoot(t *testing.T, name, trust string) (arn string) {
	t.Helper()
	caller := b.Caller()
	b.As(iam.NewRoot(account, region, "AKIATEST"))
	defer b.As(caller)
	return b.role(t, name, trust, allowAll)
}

func (b *bench) assume(t *testing.T, in sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
	t.Helper()
	if in.RoleSessionName == nil {
		in.RoleSessionName = aws.String("s1")
	}
	return b.STS.AssumeRole(t.Context(), &in)
}

// TestAssumeRole begins one session from another (iam-kms.md, 4).
func TestAssumeRole(t *testing.T) {
	b := chain(t, "")
	role := b.asRoot(t, "Second", trusts(assume, first, ""))
	out, err := b.assume(t, sts.AssumeRoleInput{RoleArn: &role, DurationSeconds: aws.Int32(900)})
	done(t, err)
	made := out.Credentials
	if !strings.HasPrefix(*made.AccessKeyId, "ASIA") || len(*made.AccessKeyId) != 20 || len(*made.SecretAccessKey) != 40 ||
		!made.Expiration.Equal(b.Now().Truncate(time.Second).Add(15*time.Minute)) || out.SourceIdentity != nil {
		t.Errorf("made %+v", out)
	}
	c := b.callerOf(t, *made.SessionToken)
	if *out.AssumedRoleUser.Arn != "arn:aws:sts::000000000000:assumed-role/Second/s1" || c.ARN != *out.AssumedRoleUser.Arn ||
		c.PrincipalID != *out.AssumedRoleUser.AssumedRoleId || !strings.HasSuffix(c.PrincipalID, ":s1") || c.Issuer != role || len(c.Policies) != 1 {
		t.Errorf("it is %+v", c)
	}
	b.As(c)
	who, err := b.STS.GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != c.ARN || *who.UserId != c.PrincipalID {
		t.Errorf("%+v, %v", who, err)
	}
}

// TestPackedPolicySize is there when policies or tags were given.
func TestPackedPolicySize(t *testing.T) {
	b := chain(t, "")
	role := b.asRoot(t, "Second", trusts(`["sts:AssumeRole","sts:TagSession"]`, first, ""))
	ask := "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn=" + role
	for more, want := range map[string]string{
		"": "", "&Policy=" + url.QueryEscape(allowAll): "<PackedPolicySize>5</PackedPolicySize>",
		"&Tags.member.1.Key=k&Tags.member.1.Value=" + strings.Repeat("v", 255): "<PackedPolicySize>7</PackedPolicySize>",
	} {
		if status, got := b.post(t, ask+more); status != 200 || strings.Contains(got, "PackedPolicySize") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: %d %s", more, status, got)
		}
	}
}

// TestWhoMayAssume: the trust policy decides, or leaves it to the caller's own
// (iam-kms.md, 2.1, rows 29 and 30).
func TestWhoMayAssume(t *testing.T) {
	const role = "arn:aws:iam::000000000000:role/Second"
	may := func(effect string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"` + effect + `","Action":"sts:*","Resource":"*"}}`
	}
	for name, c := range map[string]struct {
		document, trust string
		change          func(*sts.AssumeRoleInput)
		allowed         bool
	}{
		"named":                  {"", trusts(assume, first, ""), nil, true},
		"its role named":         {"", trusts(assume, "arn:aws:iam::000000000000:role/First", ""), nil, true},
		"named and denied":       {may("Deny"), trusts(assume, first, ""), nil, false},
		"another session":        {may("Allow"), trusts(assume, first+"2", ""), nil, false},
		"the account":            {"", trusts(assume, account, ""), nil, false},
		"the account, and may":   {may("Allow"), trusts(assume, account, ""), nil, true},
		"another account":        {may("Allow"), trusts(assume, "111111111111", ""), nil, false},
		"a service":              {may("Allow"), trustLambda, nil, false},
		"with its external id":   {"", trusts(assume, first, `"StringEquals":{"sts:ExternalId":"xx"}`), func(in *sts.AssumeRoleInput) { in.ExternalId = aws.String("xx") }, true},
		"without an external id": {"", trusts(assume, first, `"StringEquals":{"sts:ExternalId":"xx"}`), nil, false},
		"by its session's name":  {"", trusts(assume, first, `"StringLike":{"sts:RoleSessionName":"s?"}`), nil, true},
		"no such role":           {may("Allow"), trusts(assume, first, ""), func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String(role + "2") }, false},
		"another path":           {may("Allow"), trusts(assume, first, ""), func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::000000000000:role/x/Second") }, false},
		"no role":                {may("Allow"), trusts(assume, first, ""), func(in *sts.AssumeRoleInput) { in.RoleArn = aws.String("arn:aws:iam::000000000000:user/Second") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := chain(t, c.document)
			b.asRoot(t, "Second", c.trust)
			in := sts.AssumeRoleInput{RoleArn: aws.String(role)}
			if c.change != nil {
				c.change(&in)
			}
			_, err := b.assume(t, in)
			if c.allowed {
				done(t, err)
				return
			}
			doortest.Refused(t, err, "AccessDenied", "User: "+first+" is not authorized to perform: sts:AssumeRole on resource: "+*in.RoleArn)
		})
	}
}

// TestSessionRestrictions: a session's own policies cap it, and its tags are its.
func TestSessionRestrictions(t *testing.T) {
	b := chain(t, "")
	role := b.asRoot(t, "Second", trusts(`["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]`, account, ""))
	b.asRoot(t, "Third", trusts(`["sts:AssumeRole","sts:TagSession"]`, account, ""))
	_, err := b.assume(t, sts.AssumeRoleInput{RoleArn: &role})
	doortest.Refused(t, err, "AccessDenied", "User: "+first+" is not authorized to perform: sts:AssumeRole on resource: "+role)
	caller := b.Caller()
	b.As(iam.NewRoot(account, region, ""))
	_, err = b.IAM.PutRolePolicy(t.Context(), &iamsdk.PutRolePolicyInput{RoleName: aws.String("First"), PolicyName: aws.String("p"), PolicyDocument: aws.String(allowAll)})
	done(t, err)
	b.As(b.session(t, caller.Issuer, "fn"))

	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	in := sts.AssumeRoleInput{
		RoleArn: &role, SourceIdentity: aws.String("alice"), Tags: []types.Tag{tag("Team", "red"), tag("env", "test")}, TransitiveTagKeys: []string{"team"},
		Policy:     aws.String(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`),
		PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String(basicExecution)}},
	}
	out, err := b.assume(t, in)
	done(t, err)
	c := b.callerOf(t, *out.Credentials.SessionToken)
	if *out.SourceIdentity != "alice" || c.Tags["Team"] != "red" || len(c.Tags) != 2 ||
		len(c.SessionPolicies) != 2 || c.Session.SourceIdentity != "alice" {
		t.Errorf("%+v: %+v", out, c)
	}
	b.As(c)
	_, err = b.IAM.ListRoles(t.Context(), nil)
	doortest.Refused(t, err, "AccessDenied", "User: "+c.ARN+" is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::000000000000:role/ because no session policy allows the iam:ListRoles action")

	// What goes on from one session to the next needs leave like what is asked for.
	third := "arn:aws:iam::000000000000:role/Third"
	_, err = b.assume(t, sts.AssumeRoleInput{RoleArn: &third})
	doortest.Refused(t, err, "AccessDenied", "User: "+c.ARN+" is not authorized to perform: sts:TagSession on resource: "+third)
	in.Policy, in.PolicyArns, in.TransitiveTagKeys = nil, nil, []string{"team"} // a key counts in any case
	b.As(b.session(t, caller.Issuer, "fn"))
	out, err = b.assume(t, in)
	done(t, err)
	b.As(b.callerOf(t, *out.Credentials.SessionToken))
	out, err = b.assume(t, sts.AssumeRoleInput{RoleArn: &third})
	done(t, err)
	if c := b.callerOf(t, *out.Credentials.SessionToken); c.Tags["Team"] != "red" || len(c.Tags) != 1 || c.Session.SourceIdentity != "alice" {
		t.Errorf("the next session is %+v", c)
	}
	_, err = b.assume(t, sts.AssumeRoleInput{RoleArn: &third, Tags: []types.Tag{tag("TEAM", "blue")}})
	doortest.Refused(t, err, "InvalidParameterValue", "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
}

// TestAssumeRoleErrors holds the texts of STS.
func TestAssumeRoleErrors(t *testing.T) {
	b := chain(t, allowAll)
	role := b.asRoot(t, "Second", trusts(`"sts:*"`, account, ""))
	long := b.asRoot(t, "Long", trusts(assume, account, ""))
	b.As(iam.NewRoot(account, region, ""))
	_, err := b.IAM.UpdateRole(t.Context(), &iamsdk.UpdateRoleInput{RoleName: aws.String("Long"), MaxSessionDuration: aws.Int32(43200)})
	done(t, err)
	_, err = b.assume(t, sts.AssumeRoleInput{RoleArn: &role})
	doortest.Refused(t, err, "AccessDenied", "Roles may not be assumed by root accounts.")
	b.As(b.session(t, "arn:aws:iam::000000000000:role/First", "fn"))
	tag := func(key string) types.Tag { return types.Tag{Key: &key, Value: aws.String("v")} }
	large := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("x", 2048) + `"}}`
	for _, c := range []struct {
		in         sts.AssumeRoleInput
		code, text string
	}{
		{sts.AssumeRoleInput{RoleArn: aws.String("this-is-not-an-arn-at-all")}, "ValidationError", "this-is-not-an-arn-at-all is invalid"},
		{sts.AssumeRoleInput{RoleArn: aws.String("arn::iam::000000000000:role/x")}, "ValidationError", "arn::iam::000000000000:role/x is invalid"},
		{sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:::000000000000:role/x")}, "ValidationError", "arn:aws:::000000000000:role/x is invalid"},
		{sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::000000000000:")}, "ValidationError", "arn:aws:iam::000000000000: is invalid"},
		{sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("Session1:2")}, "ValidationError",
			`1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		{sts.AssumeRoleInput{RoleArn: &role, DurationSeconds: aws.Int32(3601)}, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."},
		{sts.AssumeRoleInput{RoleArn: &long, DurationSeconds: aws.Int32(3601)}, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."},
		{sts.AssumeRoleInput{RoleArn: &role, TransitiveTagKeys: []string{"k"}}, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."},
		{sts.AssumeRoleInput{RoleArn: &role, Tags: []types.Tag{tag("k"), tag("K")}}, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{sts.AssumeRoleInput{RoleArn: &role, Policy: aws.String("{")}, "MalformedPolicyDocument", "This policy contains invalid Json"},
		{sts.AssumeRoleInput{RoleArn: &role, Policy: &large}, "PackedPolicyTooLarge", "Packed policy consumes 104% of allotted space, please use smaller policy."},
		{sts.AssumeRoleInput{RoleArn: &role, SerialNumber: aws.String("arn:aws:iam::000000000000:mfa/x"), TokenCode: aws.String("123456")}, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "},
		{sts.AssumeRoleInput{RoleArn: &long, Tags: []types.Tag{tag("k")}}, "AccessDenied", "User: " + first + " is not authorized to perform: sts:TagSession on resource: " + long},
		{sts.AssumeRoleInput{RoleArn: &long, SourceIdentity: aws.String("me")}, "AccessDenied", "User: " + first + " is not authorized to perform: sts:SetSourceIdentity on resource: " + long},
	} {
		_, err := b.assume(t, c.in)
		doortest.Refused(t, err, c.code, c.text)
	}
}
