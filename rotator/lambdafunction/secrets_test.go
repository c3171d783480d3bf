package lambdafunction_test

import (
	"context"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/internal/functiontest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/secret"
)

const (
	firstToken  = "11111111-1111-1111-1111-111111111111"
	secondToken = "22222222-2222-2222-2222-222222222222"
	thirdToken  = "00000000-0000-0000-0000-000000000000"
)

// TestSecrets holds Secrets Manager over AWS's SDK to what rotator.Secrets says.
func TestSecrets(t *testing.T) {
	t.Parallel()
	s := functiontest.Serve(t, functiontest.Function{})
	created, err := s.CreateSecret(t.Context(), &sdk.CreateSecretInput{
		Name: aws.String("app"), SecretString: aws.String("one"), ClientRequestToken: aws.String(firstToken),
	})
	if err != nil {
		t.Fatal(err)
	}
	id := *created.ARN
	if _, err := s.TagResource(t.Context(), &sdk.TagResourceInput{SecretId: &id, Tags: tags("alberti:PASSWORD_LENGTH", "20")}); err != nil {
		t.Fatal(err)
	}
	c := lambdafunction.Connect(s.Client)(contract.Event{})
	ctx := t.Context()

	if _, err := c.GetSecretValue(ctx, id, "", secret.Previous); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a version that is not there: %v", err)
	}
	if _, err := c.DescribeSecret(ctx, "nothing"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("a secret that is not there: %v", err)
	}
	if err := c.UpdateSecretVersionStage(ctx, id, secret.Current, secondToken, firstToken); err == nil {
		t.Error("a label went to a version that is not there")
	}
	put := func(token string, v secret.Value) {
		t.Helper()
		if err := c.PutSecretValue(ctx, id, token, v, []string{secret.Current}); err != nil {
			t.Fatal(err)
		}
	}
	put(secondToken, secret.Binary([]byte{0, 255}))
	if v, err := c.GetSecretValue(ctx, id, secondToken, secret.Current); err != nil || !v.IsBinary() || !slices.Equal(v.Reveal(), []byte{0, 255}) {
		t.Errorf("the binary value: %v", err)
	}
	put(thirdToken, secret.Text("three"))
	if v, err := c.GetSecretValue(ctx, id, "", ""); err != nil || v.IsBinary() || string(v.Reveal()) != "three" {
		t.Errorf("the text value: %v", err)
	}
	if ids, err := c.ListSecretVersionIDs(ctx, id); err != nil || !slices.Equal(ids, []string{firstToken, secondToken, thirdToken}) {
		t.Errorf("versions, the oldest first: %v, %v", ids, err)
	}
	d, err := c.DescribeSecret(ctx, id)
	if err != nil || d.RotationEnabled || !slices.Contains(d.Stages[thirdToken], secret.Current) || d.Tags["alberti:PASSWORD_LENGTH"] != "20" {
		t.Errorf("description %+v, %v", d, err)
	}
	wantPassword(ctx, t, c)
}

func wantPassword(ctx context.Context, t *testing.T, c rotator.Secrets) {
	t.Helper()
	p, err := c.GetRandomPassword(ctx, rotator.PasswordPolicy{
		Length: 64, ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true, ExcludeCharacters: "01234",
	})
	if err != nil || len(p) != 64 || slices.ContainsFunc([]byte(p), func(b byte) bool { return b < '5' || b > '9' }) {
		t.Errorf("password %q, %v", p, err)
	}
}
