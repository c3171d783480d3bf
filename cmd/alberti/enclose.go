package main

import (
	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// encloseArgs have this program start a restricted function.
var encloseArgs = []string{"enclose-function"}

// encloseCommand is for the server alone.
func encloseCommand() *cobra.Command {
	return &cobra.Command{
		Use:    encloseArgs[0],
		Hidden: true,
		Short:  "Become a function that is restricted to network targets; only the server can start it",
		Args:   exactly(0, ""),
		RunE:   func(*cobra.Command, []string) error { return environment.Enclose() },
	}
}
