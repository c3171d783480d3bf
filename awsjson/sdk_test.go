package awsjson_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/sigv4"
)

// newSDK gives the AWS SDK's own client of a door that verifies signatures.
func newSDK(t *testing.T, service *fakeService) *secretsmanager.Client {
	verifier := &sigv4.Verifier{
		Now:    time.Now,
		Lookup: func(context.Context, string, string) (sigv4.Key, error) { return sigv4.Key{Secret: "s3cr3t"}, nil },
	}
	s := httptest.NewServer(&awsjson.Handler[caller]{
		Targets: map[string]awsjson.Target[caller]{"secretsmanager": {Service: service, Model: realModel(t)}},
		Authenticate: func(r *http.Request, body []byte) (caller, error) {
			_, err := verifier.Verify(r, body, "secretsmanager")
			return "ada", err
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	t.Cleanup(s.Close)
	return secretsmanager.New(secretsmanager.Options{
		Region:       "eu-west-1",
		BaseEndpoint: &s.URL,
		Credentials:  credentials.NewStaticCredentialsProvider("AKID", "s3cr3t", ""),
		Retryer:      aws.NopRetryer{},
	})
}

func TestTheSDKReadsOurAnswers(t *testing.T) {
	created := time.UnixMilli(1523477145713).UTC()
	var answer error
	service := &fakeService{get: func(_ awsjson.Request[caller], in *getInput) (*getOutput, error) {
		return &getOutput{
			Name: in.SecretID, CreatedDate: awsjson.Time(created), SecretBinary: awsjson.NewSensitiveBlob([]byte{0, 255}),
			SecretString: awsjson.NewSensitive("ünïcode <&>"), VersionStages: []string{"AWSCURRENT"},
		}, answer
	}}
	client := newSDK(t, service)
	get := func(id string) (*secretsmanager.GetSecretValueOutput, error) {
		return client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
	}
	out, err := get("prod/db")
	if err != nil {
		t.Fatal(err)
	}
	if *out.Name != "prod/db" || !out.CreatedDate.Equal(created) || string(out.SecretBinary) != "\x00\xff" ||
		*out.SecretString != "ünïcode <&>" || out.VersionStages[0] != "AWSCURRENT" || out.ARN != nil {
		t.Errorf("got %+v", out)
	}

	answer = fault.New(fault.NotFound, "Secrets Manager can't find the specified secret.")
	_, err = get("x")
	var notFound *types.ResourceNotFoundException
	if !errors.As(err, &notFound) || notFound.ErrorMessage() != "Secrets Manager can't find the specified secret." {
		t.Errorf("got %v", err)
	}
	answer = fault.New(fault.AccessDenied, "User: ada is not authorized")
	_, err = get("x")
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "AccessDeniedException" || api.ErrorMessage() != "User: ada is not authorized" {
		t.Errorf("got %v", err)
	}
	if _, err = get(""); !errors.As(err, &api) || api.ErrorCode() != "ValidationException" {
		t.Errorf("got %v", err)
	}
	if _, err = client.ListSecrets(t.Context(), nil); !errors.As(err, &api) || api.ErrorCode() != "UnknownOperationException" {
		t.Errorf("got %v", err)
	}
}
