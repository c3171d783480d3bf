package identity_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/store"
)

const (
	account = "000000000000"
	region  = "us-east-1"
)

// A bench is IAM and STS behind real HTTP, with the real SDKs in front. Only the
// signature is taken on trust, which the tests of app prove.
type bench struct {
	IAM      *iamsdk.Client
	STS      *sts.Client
	store    *store.Store
	sessions *identity.Sessions
	dir      string
	url      string

	mu     sync.Mutex
	now    time.Time
	caller iam.Caller
}

// Now is the bench's clock, which only Advance moves.
func (b *bench) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// as has the next calls made by somebody else than root.
func (b *bench) as(c iam.Caller) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.caller = c
}

func (b *bench) whoCalls() iam.Caller {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.caller
}

func newBench(t testing.TB) *bench {
	b := &bench{
		dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC),
		caller: iam.NewRoot(account, region, "AKIATEST"),
	}
	var err error
	if b.store, err = store.Open(t.Context(), store.Config{Where: filepath.Join(b.dir, "alberti.db"), Now: b.Now}); err != nil {
		t.Fatal(err)
	}
	trail, err := audit.Open(filepath.Join(b.dir, "audit"), b.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(b.store.Close(), trail.Close()); err != nil {
			t.Error(err)
		}
	})
	b.sessions = identity.NewSessions(identity.SessionsConfig{Store: b.store, Trail: trail, Tokens: aead(t, 1), Now: b.Now})
	b.serve(t, identity.Config{
		Base:  door.Base{Store: b.store, Trail: trail, Committed: func() { b.ship(t, trail) }, Log: slog.New(slog.DiscardHandler)},
		Pages: aead(t, 2), Sessions: b.sessions,
	})
	return b
}

// ship brings what was committed to the trail, as the server does.
func (b *bench) ship(t testing.TB, trail *audit.Trail) {
	if _, err := b.store.Ship(t.Context(), 100, func(events [][]byte) error { return trail.Append(events...) }); err != nil {
		t.Error(err)
	}
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
		Authenticate: func(*http.Request, []byte, string) (iam.Caller, error) { return b.whoCalls(), nil },
		Logger:       slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	t.Cleanup(server.Close)
	b.url = server.URL
	keys := aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""))
	b.IAM = iamsdk.New(iamsdk.Options{BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: keys, HTTPClient: wholeAnswers{}})
	b.STS = sts.New(sts.Options{BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: keys, HTTPClient: wholeAnswers{}})
}

// wholeAnswers reads an answer to its end before it hands it over. Of an answer
// that comes at once the SDK ends the request while it is still being written, and
// net/http then drops the connection: what is left of a long answer is lost
// (smithy-go 1.28.8, safeWriteToReadCloser).
type wholeAnswers struct{}

func (wholeAnswers) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, err
}

// aead is a key that differs by its number.
func aead(t testing.TB, number byte) cipher.AEAD {
	key := make([]byte, 32)
	key[0] = number
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
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

// refused wants a code and a text.
func refused(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != text {
		t.Errorf("got  %v\nwant %s: %s", err, code, text)
	}
}

// done wants no error.
func done(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
