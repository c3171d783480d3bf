// Command alberti is a self-hosted AWS Secrets Manager that rotates.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func main() { os.Exit(run(os.Args[1:])) }

// usageError is a mistake in how the program was called: exit 2.
type usageError struct{ error }

func run(args []string) int {
	root := command()
	root.SetArgs(args)
	err := root.Execute()
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "alberti:", oneLine(err))
		return 2
	}
	fmt.Fprintln(os.Stderr, "alberti:", oneLine(err))
	return 1
}

// oneLine joins the lines of an error; one that ends in a colon introduces the next.
func oneLine(err error) string {
	var out strings.Builder
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			continue
		case strings.HasSuffix(out.String(), ":"):
			out.WriteString(" ")
		case out.Len() > 0:
			out.WriteString("; ")
		}
		out.WriteString(line)
	}
	return out.String()
}

func command() *cobra.Command {
	root := group("alberti", "A self-hosted AWS Secrets Manager that rotates",
		serveCommand(), envCommand(), rotationCommand(), freezeCommand(), functionCommand(), scheduleCommand(), clockCommand(), doctorCommand(), encloseCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return fromEnvironment(c.Flags()) }
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

// group is a command that only has others.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("unknown command %q: see %s --help", args[0], c.CommandPath())}
			}
			return c.Help()
		},
	}
	cmd.AddCommand(commands...)
	return cmd
}

// fromEnvironment takes flags that were not given from ALBERTI_*: --root-key
// from ALBERTI_ROOT_KEY.
func fromEnvironment(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "ALBERTI_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if !ok || f.Changed || err != nil {
			return
		}
		if setErr := flags.Set(f.Name, value); setErr != nil {
			err = usageError{fmt.Errorf("%s=%q: %w", name, value, setErr)}
		}
	})
	return err
}

// exactly wants so many arguments.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("usage: %s", strings.TrimSpace(c.CommandPath()+" "+what))}
		}
		return nil
	}
}
