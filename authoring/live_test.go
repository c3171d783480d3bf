package authoring_test

import (
	"context"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/internal/functiontest"
	"github.com/alberti-dev/alberti/internal/targets"
	"github.com/alberti-dev/alberti/secret"
)

// patience is how long a rotation may take, each of whose steps may start an
// interpreter twice on a busy machine.
const patience = 5 * time.Minute

// handle does what an event says.
type handle func(ctx context.Context, event []byte) error

// handler has the function for an engine run.
type handler func(t *testing.T, s *functiontest.Server, engine string) handle

// handlers are those of each runtime.
var handlers = map[string]handler{
	"python": python,
	"nodejs": nodejs,
	"go":     bootstrap,
}

// servers start what functions rotate at, by engine, with TLS or without. They give
// what makes a user there.
var servers = map[string]func(t *testing.T, tls bool) func(t *testing.T, user string) live{
	"postgres": postgreSQL,
	"mysql":    mariaDB,
	"http":     openSearch,
}

// live is a secret to rotate, and how to log in with its value past the function.
type live struct {
	value map[string]any
	login func(value map[string]any) error
}

// TestLive has functions rotate a secret for real: on a real server of ours,
// through AWS's SDK of their language, at a real target. Not here is PostgreSQL from
// Python, whose driver no package of Debian's is new enough for.
func TestLive(t *testing.T) {
	t.Parallel()
	wanted, err := targets.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	for runtime, handler := range handlers {
		t.Run(runtime+" generic", func(t *testing.T) {
			t.Parallel()
			rotates(t, noTarget(), "generic", handler)
		})
	}
	for engine, start := range servers {
		if engine != "http" && !slices.ContainsFunc(wanted, func(t targets.Target) bool { return t.Name == engine }) {
			continue
		}
		secure, plain := start(t, true), start(t, false)
		for runtime, handler := range handlers {
			if runtime == "python" && engine == "postgres" {
				continue
			}
			t.Run(runtime+" "+engine, func(t *testing.T) {
				t.Parallel()
				rotates(t, secure(t, runtime+"_1"), engine, handler)
			})
			t.Run(runtime+" "+engine+" without TLS", func(t *testing.T) {
				t.Parallel()
				fails(t, plain(t, runtime+"_2"), engine, handler)
			})
			t.Run(runtime+" "+engine+" of an unknown authority", func(t *testing.T) {
				t.Parallel()
				l := secure(t, runtime+"_3")
				trusting := maps.Clone(l.value)
				delete(l.value, "sslrootcert")
				login := l.login
				l.login = func(value map[string]any) error {
					value["sslrootcert"] = trusting["sslrootcert"]
					return login(value)
				}
				fails(t, l, engine, handler)
			})
		}
	}
}

// rotates wants a function to rotate a secret.
func rotates(t *testing.T, l live, engine string, h handler) {
	t.Helper()
	value, err := rotate(t, l.value, engine, h)
	if err != nil {
		t.Fatal(err)
	}
	if password, _ := value["password"].(string); len(password) != 32 {
		t.Errorf("the new password is %q", password)
	}
	if err := l.login(value); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if l.login(l.value) == nil {
		t.Error("the old password still logs in")
	}
}

// fails wants setSecret to fail for want of trust in the server, and all to be as
// it was.
func fails(t *testing.T, l live, engine string, h handler) {
	t.Helper()
	value, err := rotate(t, l.value, engine, h)
	if err == nil || !strings.HasPrefix(err.Error(), string(secret.SetSecret)) || !distrust.MatchString(err.Error()) {
		t.Errorf("the error is %v", err)
	}
	if value["password"] != firstPassword {
		t.Error("AWSCURRENT has changed")
	}
	if err := l.login(value); err != nil {
		t.Errorf("the old password: %v", err)
	}
}

// distrust is what drivers say of servers without TLS, and of unknown authorities.
var distrust = regexp.MustCompile(`(?i)TLS|SSL|secure connection|certificate|HTTP response to HTTPS`)

// rotate has a function rotate a secret once, and gives AWSCURRENT afterwards.
func rotate(t *testing.T, value map[string]any, engine string, h handler) (current map[string]any, failed error) {
	t.Helper()
	var do handle
	f := functiontest.Function{
		Done:   make(chan functiontest.Step),
		Handle: func(ctx context.Context, event []byte) error { return do(ctx, event) },
	}
	s := functiontest.Serve(t, f)
	do = h(t, s, engine)
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("app"), SecretString: aws.String(string(text))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RotateSecret(t.Context(), &sdk.RotateSecretInput{
		SecretId: made.ARN, RotationLambdaARN: aws.String(functiontest.FunctionARN),
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	failed = f.Wait(ctx)
	answer, err := s.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: made.ARN})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(*answer.SecretString), &current); err != nil {
		t.Fatal(err)
	}
	return current, failed
}
