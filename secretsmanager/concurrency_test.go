package secretsmanager_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/internal/doortest"
)

// TestAtOnce: of many who write one secret at once each is told the truth, and
// the labels hold.
func TestAtOnce(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	var writers sync.WaitGroup
	for i := range 30 {
		writers.Go(func() {
			value := fmt.Sprint("w", i)
			if _, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{
				SecretId: aws.String("db"), ClientRequestToken: aws.String(token(value)), SecretString: &value,
			}); err != nil {
				t.Error(err)
			}
			got, err := b.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: aws.String("db"), VersionId: aws.String(token(value))})
			if err != nil || *got.SecretString != value {
				t.Errorf("%s: %+v, %v", value, got, err)
			}
		})
	}
	writers.Wait()
	got := b.listed(t, "db", true)
	if strings.Count(got, "AWSCURRENT") != 1 || strings.Count(got, "AWSPREVIOUS") != 1 || strings.Count(got, "[") != 31 {
		t.Error(got)
	}
}

// TestCreateAtOnce: one of them creates it.
func TestCreateAtOnce(t *testing.T) {
	b := newBench(t)
	var callers sync.WaitGroup
	made := make(chan string, 20)
	for i := range cap(made) {
		callers.Go(func() {
			out, err := b.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String(fmt.Sprint(i))})
			if err == nil {
				made <- *out.ARN
				return
			}
			doortest.Refused(t, err, "ResourceExistsException", "The operation failed because the secret db already exists.")
		})
	}
	callers.Wait()
	if len(made) != 1 {
		t.Errorf("%d callers created it", len(made))
	}
}

// TestRotateAtOnce: one rotation starts.
func TestRotateAtOnce(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	var callers sync.WaitGroup
	started := make(chan bool, 20)
	for range cap(started) {
		callers.Go(func() {
			_, err := b.RotateSecret(t.Context(), &sdk.RotateSecretInput{SecretId: aws.String("db"), RotationLambdaARN: aws.String(function)})
			if err == nil {
				started <- true
				return
			}
			doortest.Refused(t, err, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
		})
	}
	callers.Wait()
	if len(started) != 1 || len(b.jobs(t, "db")) != 1 {
		t.Errorf("%d callers started %d rotations", len(started), len(b.jobs(t, "db")))
	}
}
