package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/lambda/environment"
)

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor",
		Short: "Tell how functions are isolated on this host, and what runs them",
		Args:  exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := environment.Probe(cmd.Context(), environment.Config{Enclose: encloseArgs})
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			for _, have := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\n", map[bool]string{true: "yes", false: "NO"}[have.Holds], have.Name, have.Detail)
			}
			return w.Flush()
		},
	}
}
