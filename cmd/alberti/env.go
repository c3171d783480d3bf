package main

import (
	"fmt"
	"os"
	"strings"

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
				quoted(e.URL), quoted(e.AccessKeyID), quoted(string(e.SecretAccessKey)), quoted(e.Region), quoted(e.Region)) // version 1 of the CLI reads the last
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", data, "data directory of the server")
	return cmd
}

// quoted is a text that a shell takes as it is: a secret access key that was chosen
// may have any character.
func quoted(text string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+/=:._-", r)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
