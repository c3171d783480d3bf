package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/identity"
)

// A house is a whole server, and clients of it whose signatures are real.
type house struct {
	*App
	t     *testing.T
	ahead atomic.Int64 // by how much its clock is ahead of the clients'
	root  aws.CredentialsProvider
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t}
	c := Defaults()
	c.Listen, c.Data, c.Log = "127.0.0.1:0", t.TempDir(), slog.New(slog.NewTextHandler(t.Output(), nil))
	c.Now = func() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }
	h.run(c)
	id, secret := h.RootAccessKey()
	h.root = credentials.NewStaticCredentialsProvider(id, string(secret), "")
	return h
}

// run starts a server with a configuration, and ends it with the test.
func (h *house) run(c Config) {
	h.t.Helper()
	var err error
	if h.App, err = New(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- h.Run(ctx) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

func (h *house) secrets(as aws.CredentialsProvider) *sdk.Client {
	return sdk.New(sdk.Options{Region: "eu-west-1", BaseEndpoint: aws.String(h.URL()), Credentials: as, RetryMaxAttempts: 1, HTTPClient: http.DefaultClient})
}

func (h *house) iam(as aws.CredentialsProvider) *iamsdk.Client {
	return iamsdk.New(iamsdk.Options{Region: "us-east-1", BaseEndpoint: aws.String(h.URL()), Credentials: as, RetryMaxAttempts: 1, HTTPClient: http.DefaultClient})
}

func (h *house) sts(as aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: aws.String(h.URL()), Credentials: as, RetryMaxAttempts: 1, HTTPClient: http.DefaultClient})
}

// session begins a session of a role as Lambda does for a function.
func (h *house) session(roleARN string) (aws.CredentialsProvider, identity.Credentials) {
	h.t.Helper()
	made, _, err := h.sessions.ForFunction(h.t.Context(), Account, roleARN, "Rotate", time.Hour)
	if err != nil {
		h.t.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(made.AccessKeyID, made.SecretAccessKey, made.SessionToken), made
}

const trustLambda = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// role makes a role with an inline policy.
func (h *house) role(name, document string) (arn string) {
	h.t.Helper()
	made, err := h.iam(h.root).CreateRole(h.t.Context(), &iamsdk.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustLambda)})
	if err != nil {
		h.t.Fatal(err)
	}
	h.allow(name, document)
	return *made.Role.Arn
}

func (h *house) allow(role, document string) {
	h.t.Helper()
	if _, err := h.iam(h.root).PutRolePolicy(h.t.Context(), &iamsdk.PutRolePolicyInput{RoleName: &role, PolicyName: aws.String("may"), PolicyDocument: &document}); err != nil {
		h.t.Fatal(err)
	}
}

// create makes a secret as root.
func (h *house) create(name string) (arn string) {
	h.t.Helper()
	out, err := h.secrets(h.root).CreateSecret(h.t.Context(), &sdk.CreateSecretInput{Name: &name, SecretString: aws.String("of " + name)})
	if err != nil {
		h.t.Fatal(err)
	}
	return *out.ARN
}

// reads tries to read a secret.
func (h *house) reads(as aws.CredentialsProvider, name string) error {
	out, err := h.secrets(as).GetSecretValue(h.t.Context(), &sdk.GetSecretValueInput{SecretId: &name})
	if err == nil && *out.SecretString != "of "+name {
		h.t.Errorf("%s is %q", name, *out.SecretString)
	}
	return err
}

// refused wants a code, and a text that holds another.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("got  %v\nwant %s: %s", err, code, text)
	}
}

func mayRead(arn string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + arn + `"}}`
}

// TestRoleReadsWhatItMay follows a role's policies through Secrets Manager: what
// changes of them counts at the next call.
func TestRoleReadsWhatItMay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := h.create("one"), h.create("two")
	role := h.role("App", mayRead(one))
	app, _ := h.session(role)
	const silent = "because no identity-based policy allows the secretsmanager:GetSecretValue action"
	if err := h.reads(app, "one"); err != nil {
		t.Error(err)
	}
	refused(t, h.reads(app, "two"), "AccessDeniedException", "User: arn:aws:sts::000000000000:assumed-role/App/Rotate is not authorized to perform: secretsmanager:GetSecretValue on resource: two "+silent)

	h.allow("App", mayRead(two))
	refused(t, h.reads(app, "one"), "AccessDeniedException", silent)
	if err := h.reads(app, "two"); err != nil {
		t.Error(err)
	}
	made, err := h.iam(h.root).CreatePolicy(t.Context(), &iamsdk.CreatePolicyInput{PolicyName: aws.String("Cap"), PolicyDocument: aws.String(mayRead(one))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.iam(h.root).AttachRolePolicy(t.Context(), &iamsdk.AttachRolePolicyInput{RoleName: aws.String("App"), PolicyArn: made.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.reads(app, "one"), h.reads(app, "two")); err != nil {
		t.Error(err)
	}
	if _, err := h.iam(h.root).PutRolePermissionsBoundary(t.Context(), &iamsdk.PutRolePermissionsBoundaryInput{RoleName: aws.String("App"), PermissionsBoundary: made.Policy.Arn}); err != nil {
		t.Fatal(err)
	}
	if err := h.reads(app, "one"); err != nil {
		t.Error(err)
	}
	refused(t, h.reads(app, "two"), "AccessDeniedException", "because no permissions boundary allows the secretsmanager:GetSecretValue action")
	_, err = h.iam(app).GetRole(t.Context(), &iamsdk.GetRoleInput{RoleName: aws.String("App")})
	refused(t, err, "AccessDenied", "is not authorized to perform: iam:GetRole on resource: "+role+" because no identity-based policy allows the iam:GetRole action")
	who, err := h.sts(app).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:sts::000000000000:assumed-role/App/Rotate" || *who.Account != Account {
		t.Errorf("%+v, %v", who, err)
	}
}

// TestRoleTagsDecide: a policy of one role for all, by its tags.
func TestRoleTagsDecide(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.create("red")
	role := h.role("App", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}-*"}}`)
	app, _ := h.session(role)
	refused(t, h.reads(app, "red"), "AccessDeniedException", "no identity-based policy")
	if _, err := h.iam(h.root).TagRole(t.Context(), &iamsdk.TagRoleInput{RoleName: aws.String("App"), Tags: []types.Tag{{Key: aws.String("Team"), Value: aws.String("red")}}}); err != nil {
		t.Fatal(err)
	}
	if err := h.reads(app, "red"); err != nil {
		t.Error(err)
	}
}

const (
	invalidToken = "The security token included in the request is invalid."
	expiredToken = "The security token included in the request is expired"
)

// TestSessionsEnd with their time and with their role, in the words of either wire.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	arn := h.create("one")
	app, _ := h.session(h.role("App", mayRead(arn)))
	if err := h.reads(app, "one"); err != nil {
		t.Fatal(err)
	}
	h.ahead.Store(int64(time.Hour + time.Second))
	refused(t, h.reads(app, "one"), "ExpiredTokenException", expiredToken)
	_, err := h.sts(app).GetCallerIdentity(t.Context(), nil)
	refused(t, err, "ExpiredToken", expiredToken)
	h.ahead.Store(0)

	client := h.iam(h.root)
	_, err = client.DeleteRolePolicy(t.Context(), &iamsdk.DeleteRolePolicyInput{RoleName: aws.String("App"), PolicyName: aws.String("may")})
	if err == nil {
		_, err = client.DeleteRole(t.Context(), &iamsdk.DeleteRoleInput{RoleName: aws.String("App")})
	}
	if err != nil {
		t.Fatal(err)
	}
	refused(t, h.reads(app, "one"), "UnrecognizedClientException", invalidToken)
	h.role("App", mayRead(arn))
	refused(t, h.reads(app, "one"), "UnrecognizedClientException", invalidToken)
	_, err = h.sts(app).GetCallerIdentity(t.Context(), nil)
	refused(t, err, "InvalidClientTokenId", invalidToken)
}

// TestForeignTokens: a token goes with its own key and secret, and with no other.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	role := h.role("App", mayRead(h.create("one")))
	_, one := h.session(role)
	_, two := h.session(role)
	rootID, rootSecret := h.RootAccessKey()
	for name, c := range map[string]struct{ id, secret, token, code, text string }{
		"no token":         {one.AccessKeyID, one.SecretAccessKey, "", "UnrecognizedClientException", invalidToken},
		"another's token":  {one.AccessKeyID, one.SecretAccessKey, two.SessionToken, "UnrecognizedClientException", invalidToken},
		"no token at all":  {one.AccessKeyID, one.SecretAccessKey, "token", "UnrecognizedClientException", invalidToken},
		"a token for root": {rootID, string(rootSecret), one.SessionToken, "UnrecognizedClientException", invalidToken},
		"another's secret": {one.AccessKeyID, two.SecretAccessKey, one.SessionToken, "InvalidSignatureException", "The request signature we calculated does not match"},
	} {
		t.Run(name, func(t *testing.T) {
			refused(t, h.reads(credentials.NewStaticCredentialsProvider(c.id, c.secret, c.token), "one"), c.code, c.text)
		})
	}
}

// TestScopes: what is signed for one service is refused by another.
func TestScopes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	signedFor := func(service string) func(*iamsdk.Options) {
		return iamsdk.WithSigV4SigningName(service)
	}
	_, err := h.iam(h.root).ListRoles(t.Context(), nil, signedFor("iam"))
	if err != nil {
		t.Error(err)
	}
	_, err = h.iam(h.root).ListRoles(t.Context(), nil, signedFor("sts"))
	refused(t, err, "SignatureDoesNotMatch", "Credential should be scoped to correct service: 'iam'.")
	_, err = h.iam(aws.AnonymousCredentials{}).ListRoles(t.Context(), nil)
	refused(t, err, "MissingAuthenticationToken", "Missing Authentication Token")
}

// TestSessionsOutliveARestart: they are kept nowhere, so nothing of them is lost.
func TestSessionsOutliveARestart(t *testing.T) {
	t.Parallel()
	h := &house{t: t}
	c := Defaults()
	c.Listen, c.Data, c.Log = "127.0.0.1:0", t.TempDir(), slog.New(slog.DiscardHandler)
	a, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	h.App = a
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	id, secret := a.RootAccessKey()
	h.root = credentials.NewStaticCredentialsProvider(id, string(secret), "")
	app, _ := h.session(h.role("App", mayRead(h.create("one"))))
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	h.run(c)
	if err := h.reads(app, "one"); err != nil {
		t.Error(err)
	}
}
