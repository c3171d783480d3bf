package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/authoring/bundle"
	"github.com/alberti-dev/alberti/authoring/trial"
)

const functionTestHelp = `Run the four steps of a rotation function against a copy of a secret.

The function in DIR is packed (a Go program is built first) and made a function for the trial, with a role that may do
what a rotation function needs, on the copy alone, or with the role of --role. First testSecret runs with the password
that is in force; where that fails, nothing is changed. Then the copy is rotated, the old password is set back through
the function's setSecret and testSecret, and all that the trial made is removed.

The copy names the REAL account: from setSecret on, until the password is set back, applications that log in with the
secret are refused. That takes seconds, mostly. Try functions on accounts that can do without for a moment. After Ctrl-C
the step under way is waited for, and then everything is put in order as always.

Where users alternate (the secret has a masterarn), the user whom the secret names keeps its password and logs in all
the time. The other one gets a new password, and its old one back where the secret's AWSPREVIOUS has it. Where it has
not, that user is made by the function, or left with a password that nobody knows: remove it before the secret is
rotated. That takes --yes. So does a value without username and password: whether the function can give the old one
back, nobody can tell. A target that takes no password twice refuses the old one, too.

If the password cannot be set back, or not proven to be, the copy is kept, with every password that the account may
have, and you are told what to do.

It exits 0 when all four steps succeeded, the password was set back and nothing is left, otherwise 1.`

// functionTrial is what function test is told.
type functionTrial struct {
	data             string
	runtime, handler string
	variables        []string // K=V
	config           trial.Config
}

func functionTestCommand() *cobra.Command {
	f := functionTrial{config: trial.Config{Timeout: time.Minute, Now: time.Now}}
	cmd := &cobra.Command{
		Use: "test DIR", Short: "Run a function's four steps against a copy of a secret, and set the password back", Long: functionTestHelp,
		Args: exactly(1, "DIR --secret NAME"),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c.Context(), os.Stdout, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data", "", "data directory of the server (default: what AWS_ENDPOINT_URL and the other AWS variables name)")
	flags.StringVar(&f.config.Secret, "secret", "", "name or ARN of the secret")
	flags.StringVar(&f.runtime, "runtime", "", "python, nodejs, go, provided, or a runtime of Lambda's (default: what the files are)")
	flags.StringVar(&f.handler, "handler", "", "default: lambda_function.lambda_handler, index.handler or bootstrap")
	flags.StringVar(&f.config.Role, "role", "", "ARN of a role that there is, to try its policies too (default: one is made)")
	flags.StringArrayVar(&f.variables, "env", nil, "a variable of the function, `K=V`; may be given again")
	flags.DurationVar(&f.config.Timeout, "timeout", f.config.Timeout, "the longest that one step may take, 1s to 15m")
	flags.BoolVar(&f.config.Accept, "yes", false, "go on where not everything can be made as it was")
	return cmd
}

func (f *functionTrial) run(ctx context.Context, w io.Writer, dir string) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	e, err := endpoint(f.data)
	if err != nil {
		return err
	}
	// Not given back to the system after the first signal: a second one must not end
	// the program while the password is not set back.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.config.Function, err = bundle.Make(ctx, dir, f.runtime, f.handler); err != nil {
		return err
	}
	if f.config.API, err = client(e); err != nil {
		return err
	}
	f.config.Say = func(line string) { fmt.Fprintln(w, printable(line)) }
	return trial.Run(ctx, f.config)
}

// check refuses what is wrong with the flags, and reads the variables.
func (f *functionTrial) check() error {
	if f.config.Secret == "" {
		return errors.New("--secret is missing: the secret that the function is tried on a copy of")
	}
	if t := f.config.Timeout; t < time.Second || t > 15*time.Minute || t%time.Second != 0 {
		return fmt.Errorf("--timeout %v is not between 1s and 15m, in whole seconds", t)
	}
	f.config.Env = map[string]string{}
	for _, variable := range f.variables {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return errors.New("--env is not K=V") // what it is may be a secret
		}
		f.config.Env[name] = value
	}
	return nil
}
