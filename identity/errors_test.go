package identity_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// post sends a form as it is, and gives the status and the body without its ids.
func (b *bench) post(t testing.TB, form string) (int, string) {
	t.Helper()
	r, err := http.Post(b.url, "application/x-www-form-urlencoded; charset=utf-8", strings.NewReader(form))
	done(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	done(t, err)
	if r.Header.Get("Content-Type") != "text/xml" || !strings.Contains(string(body), r.Header.Get("X-Amzn-Requestid")) {
		t.Errorf("%v %s", r.Header, body)
	}
	return r.StatusCode, requestID.ReplaceAllString(string(body), "ID")
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// TestAnswers holds the wire's bytes (iam-kms.md, 3.1).
func TestAnswers(t *testing.T) {
	b := newBench(t)
	trust := url.QueryEscape(trustLambda)
	const iam = `xmlns="https://iam.amazonaws.com/doc/2010-05-08/"`
	for _, c := range []struct{ form, want string }{
		{"Action=GetCallerIdentity&Version=2011-06-15",
			`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><UserId>000000000000</UserId><Account>000000000000</Account><Arn>arn:aws:iam::000000000000:root</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></GetCallerIdentityResponse>`},
		{"Action=ListRoles&Version=2010-05-08",
			`<ListRolesResponse ` + iam + `><ListRolesResult><Roles></Roles><IsTruncated>false</IsTruncated></ListRolesResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListRolesResponse>`},
		{"Action=CreateRole&Version=2010-05-08&RoleName=App&AssumeRolePolicyDocument=" + trust, ""},
		{"Action=TagRole&Version=2010-05-08&RoleName=App&Tags.member.1.Key=k&Tags.member.1.Value=",
			`<TagRoleResponse ` + iam + `><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></TagRoleResponse>`},
		{"Action=ListRoleTags&Version=2010-05-08&RoleName=App",
			`<ListRoleTagsResponse ` + iam + `><ListRoleTagsResult><Tags><member><Key>k</Key><Value></Value></member></Tags><IsTruncated>false</IsTruncated></ListRoleTagsResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></ListRoleTagsResponse>`},
		{"Action=UpdateRole&Version=2010-05-08&RoleName=App",
			`<UpdateRoleResponse ` + iam + `><UpdateRoleResult></UpdateRoleResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></UpdateRoleResponse>`},
	} {
		if status, got := b.post(t, c.form); status != 200 || c.want != "" && got != c.want {
			t.Errorf("%s: %d\n got %s\nwant %s", c.form, status, got, c.want)
		}
	}
}

// TestErrors holds the errors of IAM and STS (iam-kms.md, 1.1, 3.4 and 4).
func TestErrors(t *testing.T) {
	b := newBench(t)
	b.role(t, "App", trustLambda, "")
	b.policy(t, "Mine", allowAll)
	arn := "arn:aws:iam::000000000000:policy/None"
	document := func(text string) string { return "&PolicyDocument=" + url.QueryEscape(text) }
	trust := "&AssumeRolePolicyDocument=" + url.QueryEscape(trustLambda)
	long := strings.Repeat("x", 65)
	statement := func(rest string) string {
		return document(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + rest + `}]}`)
	}
	put := "PutRolePolicy&RoleName=App&PolicyName=p"
	sized := func(n int) string {
		return statement(`"Action":"*","Resource":"arn:aws:s3:::` + strings.Repeat("x", n) + `"`)
	}
	for _, c := range []struct {
		ask, code string
		status    int
		text      string
	}{
		{"Nothing", "InvalidAction", 400, "Could not find operation Nothing for version 2010-05-08"},
		{"CreateUser&UserName=u", "InvalidAction", 400, "Could not find operation CreateUser for version 2010-05-08"},
		{"GetRole&RoleName=None", "NoSuchEntity", 404, "The role with name None cannot be found."},
		{"GetRolePolicy&RoleName=App&PolicyName=none", "NoSuchEntity", 404, "The role policy with name none cannot be found."},
		{"CreateRole&RoleName=aPP" + trust, "EntityAlreadyExists", 409, "Role with name aPP already exists."},
		{"CreatePolicy&PolicyName=mine" + document(allowAll), "EntityAlreadyExists", 409, "A policy called mine already exists. Duplicate names are not allowed."},
		{"GetPolicy&PolicyArn=" + arn, "NoSuchEntity", 404, "Policy " + arn + " was not found."},
		{"GetPolicy&PolicyArn=arn:aws:iam::000000000000:policy/other/Mine", "NoSuchEntity", 404, "Policy arn:aws:iam::000000000000:policy/other/Mine was not found."},
		{"DeletePolicy&PolicyArn=" + arn, "NoSuchEntity", 404, "Policy " + arn + " was not found."},
		{"AttachRolePolicy&RoleName=App&PolicyArn=" + arn, "NoSuchEntity", 404, "Policy " + arn + " does not exist or is not attachable."},
		{"PutRolePermissionsBoundary&RoleName=App&PermissionsBoundary=" + arn, "NoSuchEntity", 404, "Policy " + arn + " does not exist or is not attachable."},
		{"DetachRolePolicy&RoleName=App&PolicyArn=" + basicExecution, "NoSuchEntity", 404, "Policy " + basicExecution + " was not found."},
		{"GetPolicy&PolicyArn=longer-than-20-characters", "ValidationError", 400, "Invalid ARN:  Could not be parsed!"},
		{"ListPolicies&Scope=Mine", "ValidationError", 400, "1 validation error detected: Value at 'scope' failed to satisfy constraint: Member must satisfy enum value set"},
		{"GetRole", "ValidationError", 400, "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null"},
		{"GetRole&RoleName=" + long, "ValidationError", 400, "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"CreateRole&RoleName=Long&MaxSessionDuration=60" + trust, "ValidationError", 400, "1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600"},
		{"CreateRole&RoleName=Path&Path=x" + trust, "ValidationError", 400, `1 validation error detected: Value at 'path' failed to satisfy constraint: Member must satisfy regular expression pattern: (\u002F)|(\u002F[\u0021-\u007E]+\u002F)`},
		{"TagRole&RoleName=App&Tags.member.1.Key=k&Tags.member.1.Value=1&Tags.member.2.Key=K&Tags.member.2.Value=2", "InvalidInput", 400, "Duplicate tag keys found. Please note that Tag keys are case insensitive."},
		{"TagRole&RoleName=App&Tags.member.1.Key=k", "ValidationError", 400, "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"},
		{"ListRoles&MaxItems=many", "MalformedInput", 400, "A number is an integer of at most 64 bits."},
		{"ListRoles&Marker=x", "ValidationError", 400, "Invalid Marker."},

		{put + document("{"), "MalformedPolicyDocument", 400, "This policy contains invalid Json"},
		{put + document("{}"), "MalformedPolicyDocument", 400, "Syntax errors in policy."},
		{put + statement(`"Resource":"*"`), "MalformedPolicyDocument", 400, "Policy statement must contain actions."},
		{put + statement(`"Action":"*"`), "MalformedPolicyDocument", 400, "Policy statement must contain resources."},
		{put + statement(`"Action":"read","Resource":"*"`), "MalformedPolicyDocument", 400, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{put + statement(`"Action":"*","Resource":"x"`), "MalformedPolicyDocument", 400, `Resource x must be in ARN format or "*".`},
		{put + statement(`"Action":"*","Resource":"*","Principal":"*"`), "MalformedPolicyDocument", 400, "Policy document should not specify a principal."},
		{put + sized(10240), "LimitExceeded", 409, "Maximum policy size of 10240 bytes exceeded for role App"},
		{"CreatePolicy&PolicyName=p" + sized(6144), "LimitExceeded", 409, "Cannot exceed quota for PolicySize: 6144"},
		{"CreatePolicy&PolicyName=p" + document(`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`), "MalformedPolicyDocument", 400, "Policy document must be version 2012-10-17 or greater."},
		{"UpdateAssumeRolePolicy&RoleName=App" + statement(`"Action":"*","Resource":"*","Principal":"*"`), "MalformedPolicyDocument", 400, "Has prohibited field Resource."},
		{"UpdateAssumeRolePolicy&RoleName=App" + document(strings.Replace(trustLambda, "lambda", strings.Repeat("x", 2048), 1)), "LimitExceeded", 409, "Cannot exceed quota for ACLSizePerRole: 2048"},
	} {
		status, got := b.post(t, "Version=2010-05-08&Action="+c.ask)
		var text strings.Builder
		for _, r := range c.text {
			if special := map[rune]string{'\'': "&#39;", '"': "&#34;", '<': "&lt;", '&': "&amp;"}[r]; special != "" {
				text.WriteString(special)
			} else {
				text.WriteRune(r)
			}
		}
		want := fmt.Sprintf(`<Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>ID</RequestId></ErrorResponse>`, c.code, &text)
		if status != c.status || !strings.HasSuffix(got, want) || !strings.HasPrefix(got, `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">`) {
			t.Errorf("%.80s: %d\n got %s\nwant %s", c.ask, status, got, want)
		}
	}
}
