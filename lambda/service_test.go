package lambda_test

import (
	"context"
	"net/http/httptest"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/lambda"
)

const (
	account = doortest.Account
	region  = "eu-west-1"
	prefix  = "arn:aws:lambda:eu-west-1:000000000000:"
	role    = "arn:aws:iam::000000000000:role/Rotate"
)

// A bench is the service behind real HTTP, with the real SDK in front. Only the
// signature is taken on trust.
type bench struct {
	*sdk.Client
	*doortest.Bench
	service *lambda.Service
	runner  *fakeRunner
	url     string
	refused error // what CanAssume gives
}

func newBench(t *testing.T) *bench {
	b := &bench{Bench: doortest.New(t, region), runner: newFakeRunner()}
	var err error
	b.service, err = lambda.New(lambda.Config{
		Base: b.Base(), Ring: b.Ring, Pages: doortest.AEAD(t, 0), Runner: b.runner, Builtin: []string{"SecretsManagerBuiltinB", "SecretsManagerBuiltinA"},
		CanAssume: func(_ context.Context, _, _ string) error { return b.refused },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.serve(t)
	return b
}

func (b *bench) serve(t *testing.T) {
	handler, err := b.service.Handler(b.Authenticate)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: doortest.Keys, HTTPClient: doortest.Whole{},
	})
}
