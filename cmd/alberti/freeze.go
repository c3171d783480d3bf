package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// frozen is a freeze as the server tells of it (secretsmanager.Freeze).
type frozen struct {
	FreezeID                int64 `json:"FreezeId"`
	From, To                seconds
	Match, TagKey, TagValue string
	Reason, CreatedBy       string
}

// holds says which secrets a freeze is for.
func (f frozen) holds() string {
	if f.TagKey != "" {
		return "tag " + f.TagKey + "=" + f.TagValue
	}
	return orElse(f.Match, "*")
}

// freezeFlags are what `freeze add` is asked for.
type freezeFlags struct {
	operator
	from, to, match, tag, reason string
}

func freezeCommand() *cobra.Command {
	var f freezeFlags
	add := &cobra.Command{
		Use: "add", Short: "Let no scheduled rotation start from one time to another", Args: exactly(0, ""),
		Example: `  alberti freeze add --from 2026-12-24 --to 2027-01-02T08:00:00Z --reason "year's end"
  alberti freeze add --from 2026-12-24 --to 2026-12-27 --match 'prod/*' --reason "peak sales"`,
		RunE: func(c *cobra.Command, _ []string) error { return f.add(c.Context(), os.Stdout) },
	}
	flags := add.Flags()
	flags.StringVar(&f.from, "from", "", "its first moment: RFC 3339, or a date for its beginning in UTC")
	flags.StringVar(&f.to, "to", "", "the first moment after it")
	flags.StringVar(&f.match, "match", "", "only secrets with such a name; * is any characters, ? one")
	flags.StringVar(&f.tag, "tag", "", "only secrets with this tag, KEY=VALUE")
	flags.StringVar(&f.reason, "reason", "", "why; whoever is refused a rotation reads it")
	cmd := group("freeze", "Keep scheduled rotations from starting for a while",
		add,
		&cobra.Command{
			Use: "list", Short: "The freezes that are on or to come", Args: exactly(0, ""),
			RunE: func(c *cobra.Command, _ []string) error { return f.list(c.Context(), os.Stdout) },
		},
		&cobra.Command{
			Use: "remove ID", Short: "Take a freeze away", Args: exactly(1, "ID"),
			RunE: func(c *cobra.Command, args []string) error { return f.remove(c.Context(), os.Stdout, args[0]) },
		},
	)
	f.flags(cmd)
	return cmd
}

func (f *freezeFlags) add(ctx context.Context, w io.Writer) error {
	in, err := f.wanted()
	if err != nil {
		return usageError{err}
	}
	var out frozen
	raw, err := f.ask(ctx, "CreateFreeze", in, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "freeze %d holds %s from %s to %s\n", out.FreezeID, out.holds(), out.From, out.To)
	return nil
}

// wanted makes the request of the flags.
func (f *freezeFlags) wanted() (map[string]any, error) {
	from, err := moment("--from", f.from)
	if err != nil {
		return nil, err
	}
	to, err := moment("--to", f.to)
	if err != nil {
		return nil, err
	}
	in := map[string]any{"From": from, "To": to}
	switch key, value, cut := strings.Cut(f.tag, "="); {
	case f.reason == "":
		return nil, fmt.Errorf("--reason is needed: whoever is refused a rotation reads it")
	case f.match != "" && f.tag != "":
		return nil, fmt.Errorf("--match and --tag do not go together")
	case f.tag != "" && (!cut || key == ""):
		return nil, fmt.Errorf("--tag %q is not KEY=VALUE", f.tag)
	case f.tag != "":
		in["TagKey"], in["TagValue"] = key, value
	case f.match != "":
		in["Match"] = f.match
	}
	in["Reason"] = f.reason
	return in, nil
}

// moment reads a time, or a date for its beginning, and gives seconds since 1970.
func moment(flag, text string) (float64, error) {
	if text == "" {
		return 0, fmt.Errorf("%s is needed: a time such as 2026-12-24T18:00:00Z, or a date", flag)
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		return 0, fmt.Errorf("%s %q is neither a time such as 2026-12-24T18:00:00Z nor a date", flag, text)
	}
	return float64(t.UnixMilli()) / 1000, nil
}

func (f *freezeFlags) list(ctx context.Context, w io.Writer) error {
	var out struct{ Freezes []frozen }
	raw, err := f.ask(ctx, "ListFreezes", map[string]any{}, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	if len(out.Freezes) == 0 {
		fmt.Fprintln(w, "there is no freeze")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ID\tFROM\tTO\tHOLDS\tREASON\tBY")
	for _, o := range out.Freezes {
		fmt.Fprintf(t, "%d\t%s\t%s\t%s\t%s\t%s\n", o.FreezeID, o.From, o.To, o.holds(), o.Reason, o.CreatedBy)
	}
	return t.Flush()
}

func (f *freezeFlags) remove(ctx context.Context, w io.Writer, text string) error {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return usageError{fmt.Errorf("%q is no ID: see alberti freeze list", text)}
	}
	var out frozen
	raw, err := f.ask(ctx, "DeleteFreeze", map[string]any{"FreezeId": id}, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "freeze %d is gone; what it held goes on in its next window\n", out.FreezeID)
	return nil
}
