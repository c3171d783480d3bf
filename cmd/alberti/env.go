package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/app"
)

func envCommand() *cobra.Command {
	data := app.Defaults().Data
	cmd := &cobra.Command{
		Use:   "env",
		Short: "Print what the AWS CLI and SDKs need, for eval",
		Args:  exactly(0, ""),
		RunE: func(*cobra.Command, []string) error {
			e, err := app.ReadEndpoint(data)
			if err != nil {
				return err
			}
			fmt.Fprintf(os.Stdout, "export AWS_ENDPOINT_URL=%s AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_REGION=%s AWS_DEFAULT_REGION=%s\n",
				e.URL, e.AccessKeyID, string(e.SecretAccessKey), e.Region, e.Region) // version 1 of the CLI reads the last
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", data, "data directory of the server")
	return cmd
}
