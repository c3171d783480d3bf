package e2e_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestRecoveryWindowPasses removes a deleted secret when its window is over, and
// not before.
func TestRecoveryWindowPasses(t *testing.T) {
	t.Parallel()
	s := serveDev(t, midnight())
	create(t, s.Client(), "one", "x")
	create(t, s.Client(), "stays", "x")
	_, err := s.Client().DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: aws.String("one"), RecoveryWindowInDays: aws.Int64(7)})
	if err != nil {
		t.Fatal(err)
	}
	describe := func() error {
		_, err := s.Client().DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: aws.String("one")})
		return err
	}
	s.Run("clock", "advance", "6d").ok(t)
	if err := describe(); err != nil {
		t.Errorf("after six days: %v", err)
	}
	if said := s.Run("clock", "advance", "2d").ok(t); !strings.Contains(said, "secrets removed 1") {
		t.Errorf("it says %s", said)
	}
	wantCode(t, describe(), "ResourceNotFoundException", "")
	if got := value(t, s.Client(), "stays"); got != "x" {
		t.Errorf("the other is %q", got)
	}
}
