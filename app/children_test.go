package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// writer is a function that writes another secret, and tells what came of it.
type writer struct {
	other *string
	said  chan error
}

const otherToken = "11111111-2222-3333-4444-555555555555"

func (writer) Create(context.Context, *rotator.Run) (secret.Value, error) {
	return secret.Text(`{"made":true}`), nil
}

func (w writer) Set(ctx context.Context, r *rotator.Run) error {
	w.said <- r.Secrets.PutSecretValue(ctx, *w.other, otherToken, secret.Text(`{"keytabContents":"new"}`), []string{secret.Pending})
	return nil
}

func (w writer) Test(context.Context, *rotator.Run) error { return nil }

func (w writer) Finish(ctx context.Context, r *rotator.Run) error {
	d, err := r.Secrets.DescribeSecret(ctx, *w.other)
	if err != nil {
		return err
	}
	for version, labels := range d.Stages {
		if strings.Join(labels, "") == secret.Current {
			err = r.Secrets.UpdateSecretVersionStage(ctx, *w.other, secret.Current, otherToken, version)
		}
	}
	w.said <- err
	return nil
}

// TestChildren rotates a secret whose function writes another: it may, where that
// one names the rotated one, and nowhere else.
func TestChildren(t *testing.T) {
	t.Parallel()
	var other string
	said := make(chan error)
	client := serve(t, rotatorNamed("Writer", writer{&other, said}))
	make := func(name, value string) string {
		out, err := client.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: &name, SecretString: &value})
		if err != nil {
			t.Fatal(err)
		}
		return *out.ARN
	}
	for i, c := range []struct {
		value func(parent string) string
		may   bool
	}{
		{func(parent string) string { return fmt.Sprintf(`{"parentSecretArn":%q}`, parent) }, true},
		{func(string) string { return `{"password":"of somebody else"}` }, false},
		{func(parent string) string { return fmt.Sprintf(`{"parentSecretArn":%q}`, parent+"x") }, false},
		{func(parent string) string { return parent }, false},
	} {
		parent := make(fmt.Sprintf("parent-%d", i), `{"made":false}`)
		other = make(fmt.Sprintf("other-%d", i), c.value(parent))
		if _, err := client.RotateSecret(t.Context(), &sdk.RotateSecretInput{
			SecretId: &parent, RotationLambdaARN: aws.String("arn:aws:lambda:eu-west-1:000000000000:function:Writer"),
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 { // setSecret and finishSecret
			err := <-said
			if c.may && err != nil || !c.may && (err == nil || !strings.Contains(err.Error(), "is not authorized to perform")) {
				t.Errorf("case %d: %v, may: %v", i, err, c.may)
			}
		}
		out, err := client.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &other})
		if err != nil {
			t.Fatal(err)
		}
		if written := *out.SecretString == `{"keytabContents":"new"}`; written != c.may {
			t.Errorf("case %d: the other secret is now %s", i, *out.SecretString)
		}
	}
}

func rotatorNamed(name string, s rotator.Steps) func(rotator.Config) map[string]rotation.Function {
	return func(c rotator.Config) map[string]rotation.Function {
		return map[string]rotation.Function{name: rotator.New(c, s)}
	}
}

// serve starts the server with functions of the test's, and gives root's client.
func serve(t *testing.T, functions func(rotator.Config) map[string]rotation.Function) *sdk.Client {
	t.Helper()
	c := app.Defaults()
	c.Listen, c.Data, c.Log, c.Functions = "127.0.0.1:0", t.TempDir(), slog.New(slog.DiscardHandler), functions
	c.RootAccessKeyID, c.RootSecretAccessKey = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	a, err := app.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return sdk.New(sdk.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(a.URL()), HTTPClient: http.DefaultClient,
		Credentials: credentials.NewStaticCredentialsProvider(c.RootAccessKeyID, string(c.RootSecretAccessKey), ""),
	})
}
