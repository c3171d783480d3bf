package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/app"
)

func serveCommand() *cobra.Command {
	c := app.Defaults()
	var logLevel string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and rotate",
		Args:  exactly(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := newLogger(logLevel)
			if err != nil {
				return usageError{err}
			}
			c.Log, c.Reached, c.EncloseFunction = log, failpoint(), encloseArgs
			c.RootAccessKeyID = os.Getenv("ALBERTI_ROOT_ACCESS_KEY_ID")
			c.RootSecretAccessKey = app.Secret(os.Getenv("ALBERTI_ROOT_SECRET_ACCESS_KEY"))
			if c.Passwords, err = app.PasswordsFromEnv(os.LookupEnv); err != nil {
				return usageError{err}
			}
			if err := c.Check(); err != nil {
				return usageError{err}
			}
			return serve(cmd.Context(), c)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", c.Listen, "address and port; port 0 picks a free one")
	f.StringVar(&c.Data, "data", c.Data, "data directory, made when missing")
	f.StringVar(&c.Store, "store", c.Store, "postgres://… instead of SQLite in the data directory")
	f.StringVar(&c.RootKey, "root-key", c.RootKey, "root key file (default: in the data directory)")
	f.StringVar(&c.TLSCert, "tls-cert", c.TLSCert, "certificate file")
	f.StringVar(&c.TLSKey, "tls-key", c.TLSKey, "key file of the certificate")
	f.BoolVar(&c.InsecureListen, "insecure-listen", c.InsecureListen, "serve without TLS beyond loopback")
	f.StringVar(&c.Journal, "journal", c.Journal, "directory of the password journal (default: in the data directory); on another disk it survives the loss of this one")
	f.BoolVar(&c.Dev, "dev", c.Dev, "for tests: let whoever is on this machine move the clock (alberti clock); never in production")
	f.IntVar(&c.RotationWorkers, "rotation-workers", c.RotationWorkers, "rotations at a time")
	f.IntVar(&c.RotationPerHost, "rotation-per-host", c.RotationPerHost, "rotations at a time on one host")
	f.DurationVar(&c.RotationRetry, "rotation-retry", c.RotationRetry, "pause after a first failed attempt; it doubles, up to an hour")
	f.DurationVar(&c.RotationStepTimeout, "rotation-step-timeout", c.RotationStepTimeout, "the longest that one step may take")
	f.DurationVar(&c.RotationLease, "rotation-lease", c.RotationLease, "how long a dead server keeps a rotation, where several share a store")
	f.BoolVar(&c.RotationSpread, "rotation-spread", c.RotationSpread, "spread scheduled rotations over their windows; false starts them when the window opens")
	f.IntVar(&c.RotationAttempts, "rotation-attempts", c.RotationAttempts, "attempts of one rotation before it waits for a person")
	f.DurationVar(&c.MinRotationInterval, "min-rotation-interval", c.MinRotationInterval, "the least time between two rotations that rules may ask for")
	f.StringVar(&c.RotationTLS, "rotation-tls", c.RotationTLS, "targets whose secret has no ssl key: preferred (verified TLS, plain if the server has none), required, or compatible (as AWS's functions: plain after any failure of TLS)")
	f.StringVar(&c.RotationCA, "rotation-ca", c.RotationCA, "file of PEM certificates that vouch for targets, beside the system's")
	f.StringArrayVar(&c.FunctionEnv, "function-env", c.FunctionEnv, "NAME:OPTION=VALUE, an option of one rotation function, such as …:PASSWORD_LENGTH=24; can be repeated")
	f.StringVar(&c.HTTPFunctions, "http-functions", c.HTTPFunctions, "directory of NAME.json files, each the description of an HTTP API whose credentials the function NAME rotates")
	f.StringVar(&c.FunctionsDir, "functions-dir", c.FunctionsDir, "where functions that you bring run (default: in the data directory, as root in /var/lib/alberti-functions)")
	f.DurationVar(&c.FunctionIdle, "function-idle", c.FunctionIdle, "how long an environment of a function is kept for the next invocation")
	f.IntVar(&c.FunctionEnvironments, "function-environments", c.FunctionEnvironments, "environments at a time, of all functions that you bring")
	f.IntVar(&c.FunctionUID, "function-uid", c.FunctionUID, "as root: functions that you bring run as 2,000 users from this one on (default: the first free block from 70000 on)")
	f.IntVar(&c.FunctionLogMiB, "function-log-mib", c.FunctionLogMiB, "how much of the log of each function that you bring is kept, at most 14 days; the oldest lines go first")
	f.StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

func newLogger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q is none of debug, info, warn, error", level)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}

func serve(ctx context.Context, c app.Config) error {
	syscall.Umask(0o077) // no file of ours is anybody else's
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	a, err := app.New(ctx, c)
	if err != nil {
		return err
	}
	fmt.Printf("alberti listens on %s\n", a.URL())
	return a.Run(ctx)
}
