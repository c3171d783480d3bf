package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// serveCommand is the argument that makes this program a server: Alberti as it
// is, with one function more, whose database is not there.
const serveCommand = "serve"

const noopFunction = "Noop"

func serve(args []string) error {
	c := app.Defaults()
	f := flag.NewFlagSet(serveCommand, flag.ContinueOnError)
	f.StringVar(&c.Listen, "listen", c.Listen, "")
	f.StringVar(&c.Data, "data", c.Data, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	c.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c.Functions = func(with rotator.Config) map[string]rotation.Function {
		return map[string]rotation.Function{noopFunction: rotator.SingleUser(noop{}, with)}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	a, err := app.New(ctx, c)
	if err != nil {
		return err
	}
	fmt.Printf("alberti listens on %s\n", a.URL())
	return a.Run(ctx)
}

// noop is a database that takes every password and does nothing.
type noop struct{}

func (noop) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"noop"}, Port: 1, Database: "noop", Excluded: `"\`, MaxUser: 63, CloneMark: "_clone"}
}

func (noop) Login(context.Context, rotator.Credential, *rotation.Report) (rotator.Session, error) {
	return noop{}, nil
}

func (noop) SetPassword(context.Context, string, secret.Value) error { return nil }
func (noop) Test(context.Context, string) error                      { return nil }
func (noop) Close() error                                            { return nil }
