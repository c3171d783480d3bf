package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/authoring/api"
)

// logReader is what function logs is told, and what it has printed.
type logReader struct {
	operator
	follow bool
	since  time.Duration
	seen   map[string]int64 // times of lines that were printed, by their ids
}

// logLine is a line of a function's log as CloudWatch Logs has it; times are
// milliseconds since 1970.
type logLine struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	EventID       string `json:"eventId"`
}

func functionLogsCommand() *cobra.Command {
	r := logReader{since: 10 * time.Minute, seen: map[string]int64{}}
	cmd := &cobra.Command{
		Use: "logs NAME", Short: "What a function logged", Args: exactly(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			return r.run(c.Context(), os.Stdout, functionName(args[0]))
		},
	}
	r.flags(cmd)
	cmd.Flags().BoolVarP(&r.follow, "follow", "f", false, "go on with what it logs from now on")
	cmd.Flags().DurationVar(&r.since, "since", r.since, "how far back to begin: 90s, 10m, 24h")
	return cmd
}

// functionName takes the name out of a function's ARN
// (arn:aws:lambda:REGION:ACCOUNT:function:NAME).
func functionName(nameOrARN string) string {
	if part := strings.Split(nameOrARN, ":"); len(part) >= 7 && part[0] == "arn" {
		return part[6]
	}
	return nameOrARN
}

const (
	// pollLogs is how often a log that is followed is looked at.
	pollLogs = time.Second
	// lateness is how much older than the newest line one may be that comes after
	// it: several servers write down what they have each for itself.
	lateness = 10 * time.Second
)

func (r *logReader) run(ctx context.Context, w io.Writer, function string) error {
	from := time.Now().Add(-r.since).UnixMilli()
	for {
		newest, err := r.print(ctx, w, function, from)
		if err != nil || !r.follow {
			return err
		}
		from = max(from, newest-lateness.Milliseconds())
		for id, at := range r.seen {
			if at < from {
				delete(r.seen, id)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollLogs):
		}
	}
}

// print prints the lines from a moment on that were not printed yet. It gives the
// time of the newest.
func (r *logReader) print(ctx context.Context, w io.Writer, function string, from int64) (newest int64, err error) {
	in := map[string]any{"logGroupName": "/aws/lambda/" + function, "startTime": from}
	for {
		var page struct {
			Events    []json.RawMessage
			NextToken string
		}
		if _, err := r.ask(ctx, api.Logs+"FilterLogEvents", in, &page); err != nil {
			return 0, err
		}
		for _, raw := range page.Events {
			var line logLine
			if err := json.Unmarshal(raw, &line); err != nil {
				return 0, err
			}
			newest = max(newest, line.Timestamp)
			if _, printed := r.seen[line.EventID]; printed {
				continue
			}
			r.seen[line.EventID] = line.Timestamp
			if err := r.show(w, line, raw); err != nil {
				return 0, err
			}
		}
		if page.NextToken == "" {
			return newest, nil
		}
		in["nextToken"] = page.NextToken
	}
}

// show prints one line, as JSON as it came.
func (r *logReader) show(w io.Writer, line logLine, raw json.RawMessage) error {
	if r.json {
		_, err := fmt.Fprintf(w, "%s\n", raw)
		return err
	}
	at := time.UnixMilli(line.Timestamp).UTC().Format("2006-01-02T15:04:05.000Z")
	_, err := fmt.Fprintf(w, "%s %s\n", at, printable(strings.TrimRight(line.Message, "\r\n")))
	return err
}

// printable keeps what a function prints from steering the terminal of who reads.
// The lines of a Python traceback are one event, with carriage returns in it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\r' {
			return '\n'
		}
		if unicode.IsControl(r) && r != '\t' && r != '\n' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
