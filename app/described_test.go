package app_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// asker is a function whose secret gets a tag in createSecret, and which tells
// after each later step whether DescribeSecret knows of it.
type asker struct {
	tag  func(id string) error
	told chan bool
}

func (a asker) Create(_ context.Context, r *rotator.Run) (secret.Value, error) {
	return secret.Text("new"), a.tag(r.SecretID)
}

func (a asker) Set(ctx context.Context, r *rotator.Run) error    { return a.ask(ctx, r) }
func (a asker) Test(ctx context.Context, r *rotator.Run) error   { return a.ask(ctx, r) }
func (a asker) Finish(ctx context.Context, r *rotator.Run) error { return a.ask(ctx, r) }

func (a asker) ask(ctx context.Context, r *rotator.Run) error {
	d, err := r.Secrets.DescribeSecret(ctx, r.SecretID)
	a.told <- d.Tags["late"] != ""
	return err
}

// TestDescribedOnce: what createSecret was told is good for setSecret and testSecret,
// and finishSecret asks again; what is known of one secret is not told of another.
func TestDescribedOnce(t *testing.T) {
	t.Parallel()
	var client *sdk.Client
	late := types.Tag{Key: aws.String("late"), Value: aws.String("yes")}
	a := asker{told: make(chan bool), tag: func(id string) error {
		_, err := client.TagResource(context.Background(), &sdk.TagResourceInput{SecretId: &id, Tags: []types.Tag{late}})
		return err
	}}
	client = serve(t, rotatorNamed("Asker", a))
	for name, c := range map[string]struct {
		tags []types.Tag
		want []bool
	}{"late": {nil, []bool{false, false, true}}, "early": {[]types.Tag{late}, []bool{true, true, true}}} {
		if _, err := client.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: &name, SecretString: aws.String("old"), Tags: c.tags}); err != nil {
			t.Fatal(err)
		}
		if _, err := client.RotateSecret(t.Context(), &sdk.RotateSecretInput{
			SecretId: &name, RotationLambdaARN: aws.String("arn:aws:lambda:eu-west-1:000000000000:function:Asker"),
		}); err != nil {
			t.Fatal(err)
		}
		if got := []bool{<-a.told, <-a.told, <-a.told}; !slices.Equal(got, c.want) {
			t.Errorf("%s: setSecret, testSecret and finishSecret knew of the tag: %v, want %v", name, got, c.want)
		}
	}
}
