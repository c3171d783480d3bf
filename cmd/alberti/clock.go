package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/app"
)

func clockCommand() *cobra.Command {
	var data string
	cmd := group("clock", "See and move the clock of a server that runs with --dev",
		&cobra.Command{
			Use: "advance SPAN", Short: "Let time pass, with all that is due on the way: 30d, 1d12h, 2w",
			Args: exactly(1, "SPAN"),
			RunE: func(c *cobra.Command, args []string) error {
				return moveClock(c, data, http.MethodPost, app.ClockMove{Advance: args[0]})
			},
		},
		&cobra.Command{
			Use: "set TIME", Short: "Put the clock forward at once, as if the server had slept: 2027-01-01T00:00:00Z",
			Args: exactly(1, "TIME"),
			RunE: func(c *cobra.Command, args []string) error {
				return moveClock(c, data, http.MethodPut, app.ClockMove{Now: args[0]})
			},
		},
	)
	help := cmd.RunE
	cmd.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return help(c, args)
		}
		now, err := askClock(c.Context(), data, http.MethodGet, nil)
		if err == nil {
			fmt.Fprintln(c.OutOrStdout(), now.Now.Format(time.RFC3339))
		}
		return err
	}
	cmd.PersistentFlags().StringVar(&data, "data", "", "data directory of the server (default: what AWS_ENDPOINT_URL and the other AWS variables name)")
	return cmd
}

// moveClock moves the clock and says what happened. Interrupted, it has the
// server stop where it is.
func moveClock(c *cobra.Command, data, method string, move app.ClockMove) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt)
	defer stop()
	body, err := json.Marshal(move)
	if err != nil {
		return err
	}
	r, err := askClock(ctx, data, method, body)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), r.Now.Format(time.RFC3339))
	if h := r.Happened; h != nil {
		fmt.Fprintf(c.OutOrStdout(), "rotations started %d, succeeded %d, attempts failed %d, secrets removed %d\n",
			h.RotationsStarted, h.RotationsSucceeded, h.AttemptsFailed, h.SecretsRemoved)
	}
	return nil
}

// askClock calls the server's clock. It waits as long as a walk takes.
func askClock(ctx context.Context, data, method string, body []byte) (out app.ClockReading, err error) {
	e, err := endpoint(data)
	if err != nil {
		return out, err
	}
	r, err := http.NewRequestWithContext(ctx, method, e.URL+app.ClockPath, bytes.NewReader(body))
	if err != nil {
		return out, err
	}
	trusting, err := transport()
	if err != nil {
		return out, err
	}
	answer, err := (&http.Client{Transport: trusting}).Do(r)
	if err != nil {
		return out, fmt.Errorf("no answer from %s: %w", e.URL, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return out, err
	case answer.StatusCode == http.StatusNotFound:
		return out, fmt.Errorf("the server at %s has no clock to move: that takes alberti serve --dev", e.URL)
	case answer.StatusCode != http.StatusOK:
		return out, clockRefusal(answer.StatusCode, text)
	}
	return out, json.Unmarshal(text, &out)
}

// clockRefusal is why the clock was not moved; a bad request was a bad argument.
func clockRefusal(status int, body []byte) error {
	var e app.ClockError
	if err := json.Unmarshal(body, &e); err != nil || e.Message == "" {
		return fmt.Errorf("the server answered %q", body)
	}
	err := errors.New(e.Message)
	if status == http.StatusBadRequest {
		return usageError{err}
	}
	return err
}
