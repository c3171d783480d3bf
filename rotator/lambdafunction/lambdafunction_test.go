package lambdafunction_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/internal/functiontest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

func tags(key, value string) []types.Tag { return []types.Tag{{Key: &key, Value: &value}} }

// doorbell is an engine with one account, in memory.
type doorbell struct {
	password string
	logins   int
	fails    error // of a change
}

func (*doorbell) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"doorbell"}, Port: 1}
}

func (d *doorbell) Login(_ context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	d.logins++
	if string(c.Password.Reveal()) != d.password {
		return nil, &rotator.LoginError{Reason: rotator.Refused, Host: c.Host, User: c.Username, Err: errors.New("no")}
	}
	r.Note("logged in with %s", c.Password.Reveal())
	return d, nil
}

func (d *doorbell) SetPassword(_ context.Context, _ string, p secret.Value) error {
	if d.fails != nil {
		return fmt.Errorf("%w: %s", d.fails, p.Reveal())
	}
	d.password = string(p.Reveal())
	return nil
}

func (*doorbell) Test(context.Context, string) error { return nil }
func (*doorbell) Close() error                       { return nil }

// rotate has a handler, made from the environment, rotate a secret on a server.
// It gives what was logged, and how it ended.
func rotate(t *testing.T, d *doorbell) (s *functiontest.Server, log string, err error) {
	t.Helper()
	var h *lambdafunction.Handler
	f := functiontest.Function{Done: make(chan functiontest.Step), Handle: func(ctx context.Context, event []byte) error {
		var e lambdafunction.Event
		if err := json.Unmarshal(event, &e); err != nil {
			return err
		}
		return h.Invoke(ctx, e)
	}}
	s = functiontest.Serve(t, f)
	for _, variable := range append(s.Env(lambdafunction.EndpointVariable), "PASSWORD_LENGTH=24", "AWS_CONFIG_FILE=/dev/null") {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	h, err = lambdafunction.FromEnvironment(t.Context(), func(c rotator.Config) contract.Function { return rotator.SingleUser(d, c) })
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	h.Log = slog.New(slog.NewTextHandler(&lines, nil))

	value := fmt.Sprintf(`{"engine":"doorbell","host":"h","username":"app","password":%q}`, d.password)
	if _, err := s.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("app"), SecretString: &value}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RotateSecret(t.Context(), &sdk.RotateSecretInput{
		SecretId: aws.String("app"), RotationLambdaARN: aws.String(functiontest.FunctionARN),
	}); err != nil {
		t.Fatal(err)
	}
	err = f.Wait(t.Context())
	return s, lines.String(), err
}

// TestHandler rotates with a handler, on a real server.
func TestHandler(t *testing.T) {
	d := &doorbell{password: "first-password"}
	s, log, err := rotate(t, d)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.password) != 24 {
		t.Errorf("the password is %q, PASSWORD_LENGTH was 24", d.password)
	}
	current, err := s.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: aws.String("app")})
	if err != nil || rotatortest.Member(secret.Text(*current.SecretString), "password") != d.password {
		t.Errorf("AWSCURRENT is not what the target has: %v", err)
	}
	if !strings.Contains(log, "step=setSecret") || strings.Contains(log, "first-password") || strings.Contains(log, d.password) {
		t.Errorf("log:\n%s", log)
	}
}

// TestHandlerFails wants an error to name its cause, and no password.
func TestHandlerFails(t *testing.T) {
	broken := errors.New("the bell is broken")
	_, _, err := rotate(t, &doorbell{password: "first-password", fails: broken})
	if err == nil || !strings.Contains(err.Error(), "setSecret") || !strings.Contains(err.Error(), broken.Error()+": "+secret.Redacted) {
		t.Errorf("%v", err)
	}
}

// TestEnvironment refuses options that mean nothing.
func TestEnvironment(t *testing.T) {
	t.Setenv("PASSWORD_LENGTH", "long")
	if _, err := lambdafunction.FromEnvironment(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "PASSWORD_LENGTH") {
		t.Errorf("%v", err)
	}
}
