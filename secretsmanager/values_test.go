package secretsmanager_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestCreateGetPut(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	made, err := b.CreateSecret(ctx, &sdk.CreateSecretInput{Name: aws.String("app/db"), SecretString: aws.String("one")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: made.ARN})
	if err != nil || aws.ToString(got.SecretString) != "one" {
		t.Fatalf("%v, %v", got, err)
	}
	put, err := b.PutSecretValue(ctx, &sdk.PutSecretValueInput{SecretId: made.Name, SecretBinary: []byte("two")})
	if err != nil {
		t.Fatal(err)
	}
	got, err = b.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: made.Name})
	if err != nil || string(got.SecretBinary) != "two" || aws.ToString(got.VersionId) != aws.ToString(put.VersionId) {
		t.Fatalf("%v, %v", got, err)
	}
	d, err := b.DescribeSecret(ctx, &sdk.DescribeSecretInput{SecretId: made.ARN})
	if err != nil || len(d.VersionIdsToStages) != 2 {
		t.Fatalf("%+v, %v", d, err)
	}
	list, err := b.ListSecrets(ctx, &sdk.ListSecretsInput{})
	if err != nil || len(list.SecretList) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
}
