package lambda_test

import (
	"errors"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/policy"
)

// failsAs wants an error that the SDK knows by its type, with a text to the byte.
func failsAs[E smithy.APIError](t *testing.T, err error, want string) {
	t.Helper()
	var is E
	if !errors.As(err, &is) || is.ErrorMessage() != want {
		t.Errorf("%v, want %T: %s", err, is, want)
	}
}

// identityPolicy reads a policy of one statement.
func identityPolicy(t *testing.T, statement string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+statement+`]}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
