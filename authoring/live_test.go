package authoring_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/internal/functiontest"
	"github.com/alberti-dev/alberti/internal/targets"
)

// patience is how long a rotation may take.
const patience = time.Minute

// handle does what an event says.
type handle func(ctx context.Context, event []byte) error

// handlers have the function for an engine run, by runtime.
var handlers = map[string]func(t *testing.T, s *functiontest.Server, engine string) handle{
	"python": python,
	"nodejs": nodejs,
	"go":     bootstrap,
}

// TestRotates has functions rotate a secret for real: on a real server of ours,
// through AWS's SDK of their language, at a real target. Not here is PostgreSQL from
// Python, whose driver no package of Debian's is new enough for.
func TestRotates(t *testing.T) {
	t.Parallel()
	values := map[string]func(t *testing.T, user string) live{"generic": noTarget, "http": openSearch}
	wanted, err := targets.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	if has(wanted, "postgres") {
		values["postgres"] = postgreSQL(t)
	}
	if has(wanted, "mysql") {
		values["mysql"] = mariaDB(t)
	}
	for engine, value := range values {
		for _, runtime := range slices.Sorted(maps.Keys(handlers)) {
			if runtime == "python" && engine == "postgres" {
				continue
			}
			t.Run(runtime+" "+engine, func(t *testing.T) {
				t.Parallel()
				rotates(t, value(t, "app_"+runtime), func(s *functiontest.Server) handle {
					return handlers[runtime](t, s, engine)
				})
			})
		}
	}
}

func has(all []targets.Target, name string) bool {
	return slices.ContainsFunc(all, func(t targets.Target) bool { return t.Name == name })
}

// live is a secret to rotate, and how to log in with its value past the function.
type live struct {
	value map[string]any
	login func(value map[string]any) error
}

// rotates has a function rotate a secret once.
func rotates(t *testing.T, l live, handler func(*functiontest.Server) handle) {
	t.Helper()
	var do handle
	f := functiontest.Function{
		Done:   make(chan functiontest.Step),
		Handle: func(ctx context.Context, event []byte) error { return do(ctx, event) },
	}
	s := functiontest.Serve(t, f)
	do = handler(s)
	text, err := json.Marshal(l.value)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: aws.String("app"), SecretString: aws.String(string(text))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.RotateSecret(t.Context(), &sdk.RotateSecretInput{
		SecretId: secret.ARN, RotationLambdaARN: aws.String(functiontest.FunctionARN),
	}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := f.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	current, err := s.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: secret.ARN})
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(*current.SecretString), &value); err != nil {
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
