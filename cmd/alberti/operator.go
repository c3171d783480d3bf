package main

import (
	"context"
	"encoding/json"
	"io"

	"github.com/spf13/cobra"
)

// operator is what every command has that asks a server for Alberti's own
// operations: where the server is, and how to print.
type operator struct {
	data string
	json bool
}

func (o *operator) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&o.data, "data", "", "data directory of the server (default: what AWS_ENDPOINT_URL and the other AWS variables name)")
	cmd.PersistentFlags().BoolVar(&o.json, "json", false, "print JSON")
}

// ask calls an operation; the answer goes to raw as it came, and into out.
func (o *operator) ask(ctx context.Context, operation string, in map[string]any, out any) (json.RawMessage, error) {
	e, err := endpoint(o.data)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := ask(ctx, e, operation, in, &raw); err != nil {
		return nil, err
	}
	return raw, json.Unmarshal(raw, out)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func dash(s string) string { return orElse(s, "-") }

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
