package identity_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/internal/doortest"
)

const (
	account = doortest.Account
	region  = "us-east-1"
)

// A bench is IAM and STS behind real HTTP, with the real SDKs in front. Only the
// signature is taken on trust.
type bench struct {
	*doortest.Bench
	IAM      *iamsdk.Client
	STS      *sts.Client
	sessions *identity.Sessions
	url      string
}

func newBench(t testing.TB) *bench {
	b := &bench{Bench: doortest.New(t, region)}
	b.sessions = identity.NewSessions(identity.SessionsConfig{Store: b.Store, Trail: b.Trail, Tokens: doortest.AEAD(t, 1), Now: b.Now})
	base := b.Base()
	base.Committed = func() { // as the server does
		if err := b.Trail.Append(b.Shipped(t)...); err != nil {
			t.Error(err)
		}
	}
	b.serve(t, identity.Config{Base: base, Pages: doortest.AEAD(t, 2), Sessions: b.sessions})
	return b
}

func (b *bench) serve(t testing.TB, c identity.Config) {
	roles, err := identity.NewIAM(c)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := identity.NewSTS(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&awsquery.Handler[iam.Caller]{
		Services:     map[string]awsquery.Service[iam.Caller]{identity.IAMVersion: roles, identity.STSVersion: tokens},
		Authenticate: func(*http.Request, []byte, string) (iam.Caller, error) { return b.Caller(), nil },
		Logger:       b.Log,
	})
	t.Cleanup(server.Close)
	b.url = server.URL
	b.IAM = iamsdk.New(iamsdk.Options{BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: doortest.Keys, HTTPClient: doortest.Whole{}})
	b.STS = sts.New(sts.Options{BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: doortest.Keys, HTTPClient: doortest.Whole{}})
}

// session is who a new session of a role is.
func (b *bench) session(t testing.TB, roleARN, name string) iam.Caller {
	t.Helper()
	made, _, err := b.sessions.ForFunction(t.Context(), account, roleARN, name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return b.callerOf(t, made.SessionToken)
}

func (b *bench) callerOf(t testing.TB, token string) iam.Caller {
	t.Helper()
	caller, err := b.sessions.Caller(context.Background(), token, region)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

const (
	trustLambda = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allowAll    = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
)

// role makes a role with a trust policy and, unless it is "", an inline policy.
func (b *bench) role(t testing.TB, name, trust, document string) string {
	t.Helper()
	made, err := b.IAM.CreateRole(t.Context(), &iamsdk.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: &trust})
	if err == nil && document != "" {
		_, err = b.IAM.PutRolePolicy(t.Context(), &iamsdk.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("inline"), PolicyDocument: &document})
	}
	if err != nil {
		t.Fatal(err)
	}
	return *made.Role.Arn
}

// done wants no error.
func done(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
