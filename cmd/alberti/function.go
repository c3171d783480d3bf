package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/authoring"
)

func functionCommand() *cobra.Command {
	return group("function", "Write rotation functions of your own, and see what they do",
		functionNewCommand(), functionTestCommand(), functionRegisterCommand(), functionLogsCommand())
}

func functionNewCommand() *cobra.Command {
	var wanted authoring.Function
	cmd := &cobra.Command{
		Use: "new DIR", Short: "Write a small, complete rotation function with its tests into a new folder",
		Args: exactly(1, "--runtime RUNTIME --engine ENGINE DIR"),
		RunE: func(_ *cobra.Command, args []string) error { return newFunction(os.Stdout, wanted, args[0]) },
	}
	cmd.Flags().StringVar(&wanted.Runtime, "runtime", "", strings.Join(authoring.Runtimes(), ", "))
	cmd.Flags().StringVar(&wanted.Engine, "engine", "", strings.Join(authoring.Engines(), ", ")+" (mysql is for MariaDB too)")
	return cmd
}

func newFunction(w io.Writer, wanted authoring.Function, dir string) error {
	switch {
	case wanted.Runtime == "":
		return usageError{errors.New("--runtime is missing: " + strings.Join(authoring.Runtimes(), ", "))}
	case wanted.Engine == "":
		return usageError{errors.New("--engine is missing: " + strings.Join(authoring.Engines(), ", "))}
	}
	f, err := authoring.Find(wanted.Runtime, wanted.Engine)
	if err != nil {
		return usageError{err}
	}
	names, err := f.Write(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		fmt.Fprintln(w, filepath.Join(dir, name))
	}
	fmt.Fprintf(w, "see %s\n", filepath.Join(dir, "README.md"))
	return nil
}
