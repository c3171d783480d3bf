// Command demo shows the main job on real input: a PostgreSQL of its own, the
// real bin/alberti serve, and the AWS SDK as an application would use it. It
// rotates a user's password, then two users in turn, and proves by logging in
// that what the server says is so. It ends with an error if anything is not as
// promised, and cleans up however it ends.
//
// It prints no password.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/internal/demo/server"
	"github.com/alberti-dev/alberti/internal/pgtest"
)

const timeLimit = 2 * time.Minute // for all but waiting at the end

func main() {
	program := flag.String("alberti", "bin/alberti", "the program to show")
	keep := flag.Bool("keep", os.Getenv("KEEP") != "" && os.Getenv("KEEP") != "0", "leave everything running until Ctrl-C (or set KEEP=1)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, *program, *keep)
	switch {
	case err == nil:
		return
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\ndemo: interrupted; everything was stopped and removed")
	default:
		fmt.Fprintln(os.Stderr, "\ndemo: failed:", err)
	}
	os.Exit(1)
}

// demo is what the acts of the demonstration work with.
type demo struct {
	screen   *screen
	program  string // the path of alberti
	dir      string // all that this demonstration writes
	postgres *pgtest.Server
	alberti  *server.Server
	api      *secretsmanager.Client
	seen     passwords
}

func run(ctx context.Context, program string, keep bool) (err error) {
	d := &demo{screen: newScreen(os.Stdout)}
	if d.program, err = findProgram(program); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.cleanUp()) }()
	if err := d.play(ctx); err != nil {
		return err
	}
	if !keep {
		d.screen.text("make demo KEEP=1 leaves it all running, and says how to go on by hand.")
		return nil
	}
	return d.wait(ctx)
}

// findProgram makes the path absolute: it is printed for use in another shell.
func findProgram(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w: run make build first", err)
	}
	return path, nil
}

// play is the demonstration.
func (d *demo) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	began := time.Now()
	d.screen.text("Alberti rotates a real PostgreSQL password: the real server, the AWS SDK for Go.")
	for _, act := range []func(context.Context) error{d.start, d.oneUser, d.twoUsers, d.nothingLeaked} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	d.screen.done("All as promised.", time.Since(began))
	return nil
}

// start starts the two servers.
func (d *demo) start(ctx context.Context) (err error) {
	d.screen.title("Start")
	if d.dir, err = os.MkdirTemp("", "alberti-demo-"); err != nil {
		return err
	}
	began := time.Now()
	if d.postgres, err = pgtest.Start(ctx, pgtest.Options{Settings: postgresSettings}); err != nil {
		return err
	}
	version, err := d.postgresVersion(ctx)
	if err != nil {
		return err
	}
	d.screen.line("PostgreSQL", fmt.Sprintf("%s, port %d, logs every statement", version, d.postgres.Port), time.Since(began))
	d.alberti, err = server.Start(ctx, server.Options{Program: d.program, Data: d.data(), Log: d.log()})
	if err != nil {
		return err
	}
	d.api = d.alberti.Client()
	d.screen.line("alberti serve", d.alberti.URL+", SQLite in a new directory", d.alberti.Ready)
	return nil
}

func (d *demo) data() string { return filepath.Join(d.dir, "data") }
func (d *demo) log() string  { return filepath.Join(d.dir, "alberti.log") }

// cleanUp stops what runs and removes what was written.
func (d *demo) cleanUp() error {
	var errs []error
	if d.alberti != nil {
		errs = append(errs, d.alberti.Stop())
	}
	if d.postgres != nil {
		errs = append(errs, d.postgres.Stop())
	}
	if d.dir != "" {
		errs = append(errs, os.RemoveAll(d.dir))
	}
	return errors.Join(errs...)
}
