package main

import "github.com/spf13/cobra"

func functionCommand() *cobra.Command {
	return group("function", "Work with the rotation functions that you bring", functionLogsCommand())
}
