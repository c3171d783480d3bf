package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// summary is a secret's rotation as the server tells of it
// (secretsmanager.RotationSummary); times are seconds since 1970.
type summary struct {
	ARN, Name, Schedule, State, LastError string
	RotationEnabled                       bool
	Attempts                              int
	LastRotatedDate, NextRotationDate     seconds
	StartsAt, NextAttemptDate             seconds
	FrozenUntil                           seconds
	FreezeReason, Advice                  string
}

type history struct {
	VersionID       string `json:"VersionId"`
	Cause, State    string
	Error           string
	Test            bool
	StartedDate     seconds
	EndedDate       seconds
	NextAttemptDate seconds
	GapMilliseconds *float64
	Steps           []struct {
		Attempt      int
		Step, Error  string
		StartedDate  seconds
		Milliseconds float64
		Notes        []string
	}
}

// seconds is a time on the wire; zero is never.
type seconds float64

func (s seconds) String() string {
	if s == 0 {
		return "-"
	}
	return time.UnixMicro(int64(s * 1e6)).UTC().Format("2006-01-02 15:04:05Z")
}

// rotationFlags are those of every rotation command, and force of start.
type rotationFlags struct {
	operator
	force bool
}

func rotationCommand() *cobra.Command {
	var f rotationFlags
	start := &cobra.Command{
		Use: "start SECRET", Short: "Rotate a secret now, as it is configured", Args: exactly(1, "SECRET"),
		RunE: func(c *cobra.Command, args []string) error { return f.start(c.Context(), os.Stdout, args[0]) },
	}
	start.Flags().BoolVar(&f.force, "force", false, "in a freeze too")
	cmd := group("rotation", "See how rotations stand, start one, and have one tried again",
		start,
		enableCommand(&f),
		&cobra.Command{
			Use: "list", Short: "Every secret that rotates: state, last result, next window, attempts", Args: exactly(0, ""),
			RunE: func(c *cobra.Command, _ []string) error { return f.list(c.Context(), os.Stdout) },
		},
		&cobra.Command{
			Use: "show SECRET", Short: "The history of one secret's rotations", Args: exactly(1, "SECRET"),
			RunE: func(c *cobra.Command, args []string) error { return f.show(c.Context(), os.Stdout, args[0]) },
		},
		&cobra.Command{
			Use: "retry SECRET", Short: "Try a failed rotation again now", Args: exactly(1, "SECRET"),
			RunE: func(c *cobra.Command, args []string) error { return f.retry(c.Context(), os.Stdout, args[0]) },
		},
	)
	f.flags(cmd)
	return cmd
}

func (f *rotationFlags) list(ctx context.Context, w io.Writer) error {
	var all []summary
	var raw []json.RawMessage
	in := map[string]any{}
	for {
		var page struct {
			Rotations []json.RawMessage
			NextToken string
		}
		if _, err := f.ask(ctx, "ListRotations", in, &page); err != nil {
			return err
		}
		for _, r := range page.Rotations {
			var s summary
			if err := json.Unmarshal(r, &s); err != nil {
				return err
			}
			all, raw = append(all, s), append(raw, r)
		}
		if page.NextToken == "" {
			break
		}
		in["NextToken"] = page.NextToken
	}
	if f.json {
		return printJSON(w, raw)
	}
	if len(all) == 0 {
		fmt.Fprintln(w, "no secret rotates yet")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SECRET\tSTATE\tATTEMPTS\tLAST ROTATED\tROTATES BY\tFROZEN UNTIL\tSCHEDULE\tLAST ERROR")
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\n", s.Name, s.State, s.Attempts,
			s.LastRotatedDate, s.NextRotationDate, s.FrozenUntil, dash(s.Schedule), s.trouble())
	}
	return t.Flush()
}

// trouble is the last error and what to do about it.
func (s summary) trouble() string {
	if s.Advice == "" {
		return dash(s.LastError)
	}
	return s.LastError + "; " + s.Advice
}

// next is when it rotates by its schedule.
func (s summary) next() string {
	switch {
	case s.NextRotationDate == 0:
		return "-"
	case s.StartsAt == 0: // while one is running
		return fmt.Sprintf("by %s", s.NextRotationDate)
	}
	return fmt.Sprintf("by %s (starts %s)", s.NextRotationDate, s.StartsAt)
}

func (f *rotationFlags) show(ctx context.Context, w io.Writer, secretID string) error {
	var out struct {
		summary
		RotationLambdaARN string
		History           []history
	}
	raw, err := f.ask(ctx, "DescribeRotation", map[string]any{"SecretId": secretID}, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "%s: %s\n", out.Name, out.State)
	fmt.Fprintf(w, "  function      %s\n", dash(out.RotationLambdaARN))
	fmt.Fprintf(w, "  schedule      %s\n", dash(out.Schedule))
	fmt.Fprintf(w, "  last rotated  %s\n", out.LastRotatedDate)
	fmt.Fprintf(w, "  next          %s\n", out.next())
	if out.FrozenUntil > 0 {
		fmt.Fprintf(w, "  frozen        until %s: %s\n", out.FrozenUntil, out.FreezeReason)
	}
	if out.Advice != "" {
		fmt.Fprintf(w, "  waits for you %s\n", out.Advice)
	}
	if len(out.History) == 0 {
		fmt.Fprintln(w, "  it has not rotated yet")
	}
	for _, h := range out.History {
		h.print(w)
	}
	return nil
}

func (h history) print(w io.Writer) {
	kind := "rotation"
	if h.Test {
		kind = "test rotation"
	}
	fmt.Fprintf(w, "\n%s  %s by %s, %s", h.StartedDate, kind, h.Cause, h.State)
	if h.EndedDate > 0 {
		fmt.Fprintf(w, " after %.0f ms", float64(h.EndedDate-h.StartedDate)*1000)
	}
	if h.GapMilliseconds != nil {
		fmt.Fprintf(w, ", gap %.1f ms", *h.GapMilliseconds)
	}
	fmt.Fprintf(w, "\n  version %s\n", h.VersionID)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range h.Steps {
		fmt.Fprintf(t, "  attempt %d\t%s\t%.1f ms\t%s\n", s.Attempt, s.Step, s.Milliseconds, orElse(s.Error, "ok"))
		for _, n := range s.Notes {
			fmt.Fprintf(t, "  \t\t\t- %s\n", n)
		}
	}
	t.Flush()
	if h.NextAttemptDate > 0 && h.Error != "" {
		fmt.Fprintf(w, "  next attempt %s; mend the cause, then: alberti rotation retry\n", h.NextAttemptDate)
	}
}

func (f *rotationFlags) retry(ctx context.Context, w io.Writer, secretID string) error {
	var out struct{ Name, VersionID string }
	raw, err := f.ask(ctx, "RetryRotation", map[string]any{"SecretId": secretID}, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "%s is being rotated again; see alberti rotation show %s\n", out.Name, out.Name)
	return nil
}

func (f *rotationFlags) start(ctx context.Context, w io.Writer, secretID string) error {
	var out struct{ Name, VersionID string }
	in := map[string]any{"SecretId": secretID, "ClientRequestToken": uuid.NewString(), "Force": f.force}
	raw, err := f.ask(ctx, "StartRotation", in, &out)
	if err != nil {
		return err
	}
	if f.json {
		return printJSON(w, raw)
	}
	fmt.Fprintf(w, "%s is being rotated; see alberti rotation show %s\n", out.Name, out.Name)
	return nil
}
