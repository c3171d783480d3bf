package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/authoring/api"
)

// enabling is what rotation enable is told.
type enabling struct {
	*rotationFlags
	schedule, window    string
	strategy, superuser string
	managed             string
	later               bool
}

func enableCommand(f *rotationFlags) *cobra.Command {
	e := enabling{rotationFlags: f}
	cmd := &cobra.Command{
		Use: "enable SECRET", Short: "Rotate a secret on a schedule, by the function for the engine that its value names",
		Args: exactly(1, "SECRET"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := e.check(); err != nil {
				return usageError{err}
			}
			return e.run(c.Context(), os.Stdout, args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&e.schedule, "schedule", "", "when: rate(30 days), cron(0 8 1 * ? *)")
	flags.StringVar(&e.window, "duration", "", "how long the window is: 3h")
	flags.StringVar(&e.strategy, "strategy", "", "single or alternating (default: alternating with --superuser)")
	flags.StringVar(&e.superuser, "superuser", "", "ARN of the secret of the administrator who makes and renews users")
	flags.StringVar(&e.managed, "managed", "", "mark the secret as owned by this service (rds …): nobody but its rotation changes it")
	flags.BoolVar(&e.later, "later", false, "test now and rotate first in the next window (RotateImmediately=false)")
	return cmd
}

func (e *enabling) check() error {
	if e.strategy == "" {
		e.strategy = "single"
		if e.superuser != "" {
			e.strategy = "alternating"
		}
	}
	switch {
	case e.schedule == "":
		return errors.New("--schedule is missing, such as --schedule 'rate(30 days)'")
	case e.strategy != "single" && e.strategy != "alternating":
		return fmt.Errorf("--strategy %q is neither single nor alternating", e.strategy)
	}
	return nil
}

func (e *enabling) run(ctx context.Context, w io.Writer, secretID string) error {
	function, user, err := e.function(ctx, secretID)
	if err != nil {
		return err
	}
	if err := e.prepare(ctx, secretID, user); err != nil {
		return err
	}
	rules := map[string]any{"ScheduleExpression": e.schedule}
	if e.window != "" {
		rules["Duration"] = e.window
	}
	in := map[string]any{
		"SecretId": secretID, "ClientRequestToken": uuid.NewString(), "RotationRules": rules, "RotateImmediately": !e.later,
	}
	if e.managed == "" {
		in["RotationLambdaARN"] = function
	}
	var out struct{ Name string }
	raw, err := e.ask(ctx, api.SecretsManager+"RotateSecret", in, &out)
	if err != nil {
		return err
	}
	if e.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "%s rotates by %s, %s; see alberti rotation show %s\n", out.Name, function, e.schedule, out.Name)
	return nil
}

// function is the ARN of the function for the secret's engine, and the user whom
// the secret is for.
func (e *enabling) function(ctx context.Context, secretID string) (arn, user string, err error) {
	var secret struct {
		ARN          string
		SecretString string
	}
	if _, err := e.ask(ctx, api.SecretsManager+"GetSecretValue", map[string]any{"SecretId": secretID}, &secret); err != nil {
		return "", "", err
	}
	var value struct {
		Engine   string `json:"engine"`
		Username string `json:"username"`
	}
	if json.Unmarshal([]byte(secret.SecretString), &value) != nil {
		return "", "", errors.New("the secret's value is not a JSON object that names an engine: use RotateSecret with the function's ARN")
	}
	name, err := app.FunctionName(value.Engine, e.strategy)
	if err != nil {
		return "", "", err
	}
	arn, err = app.FunctionARN(secret.ARN, name)
	return arn, value.Username, err
}

// prepare tags the secret with what its value must not choose, and marks it as
// managed when it is to be.
func (e *enabling) prepare(ctx context.Context, secretID, user string) error {
	var tags []map[string]string
	tag := func(key, value string) {
		tags = append(tags, map[string]string{"Key": key, "Value": value})
	}
	if e.superuser != "" {
		tag(app.TagMaster, e.superuser)
	}
	if e.superuser != "" && e.strategy == "single" {
		tag(app.TagUsername, user) // whose password the superuser may reset, as a last resort
	}
	if e.managed != "" {
		tag(app.TagStrategy, e.strategy)
	}
	var nothing struct{}
	if len(tags) > 0 {
		if _, err := e.ask(ctx, api.SecretsManager+"TagResource", map[string]any{"SecretId": secretID, "Tags": tags}, &nothing); err != nil {
			return err
		}
	}
	if e.managed == "" {
		return nil
	}
	_, err := e.ask(ctx, "ManageSecret", map[string]any{"SecretId": secretID, "OwningService": e.managed}, &nothing)
	return err
}
