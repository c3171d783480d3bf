package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/internal/pgtest"
)

// binaries are the programs that are struck.
type binaries struct {
	program  string // as it is shipped
	killable string // kills itself where ALBERTI_FAILPOINT says
}

// world is what all cases share.
type world struct {
	binaries
	dir    string
	pg     *pgtest.Server
	admins chan *pgx.Conn // of the superuser; they leave nothing in PostgreSQL's log
	known  needles
}

// newWorld builds the programs and starts a PostgreSQL that tells much, for so
// many cases at once.
func newWorld(ctx context.Context, lanes int) (w *world, err error) {
	w = &world{admins: make(chan *pgx.Conn, lanes)}
	made := w // which is ended where nil is returned
	if w.dir, err = os.MkdirTemp("", "alberti-chaos-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, made.end(false))
		}
	}()
	if w.program, err = build(w.dir, "alberti"); err != nil {
		return nil, err
	}
	if w.killable, err = build(w.dir, "alberti-killable", "-tags", "failpoint"); err != nil {
		return nil, err
	}
	w.pg, err = pgtest.Start(ctx, pgtest.Options{NoSync: true, Settings: map[string]string{
		"max_connections": "300", "log_statement": "ddl",
	}})
	if err != nil {
		return nil, err
	}
	if err = w.pg.Exec(ctx, "CREATE ROLE readers; CREATE TABLE shelf AS SELECT 1 AS n; GRANT SELECT ON shelf TO readers"); err != nil {
		return nil, err
	}
	for range lanes {
		if err = w.hire(ctx); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func build(dir, name string, flags ...string) (string, error) {
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), "github.com/alberti-dev/alberti/cmd/alberti")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

func (w *world) hire(ctx context.Context) error {
	admin, err := w.pg.Admin(ctx)
	if err != nil {
		return err
	}
	_, err = admin.Exec(ctx, "SET log_statement = 'none'; SET log_min_error_statement = 'panic'")
	w.admins <- admin
	return err
}

// end stops the database and removes what no violation was found in.
func (w *world) end(keep bool) error {
	var err error
	if w.pg != nil {
		err = w.pg.Stop()
	}
	if !keep {
		err = errors.Join(err, os.RemoveAll(w.dir))
	}
	return err
}

// execute runs statements as the superuser.
func (w *world) execute(ctx context.Context, statements string) error {
	admin := <-w.admins
	defer func() { w.admins <- admin }()
	_, err := admin.Exec(ctx, statements)
	return err
}

// ask reads one value as the superuser.
func ask[T any](ctx context.Context, w *world, query string, args ...any) (out T, err error) {
	admin := <-w.admins
	defer func() { w.admins <- admin }()
	err = admin.QueryRow(ctx, query, args...).Scan(&out)
	return out, err
}

// newUser makes a user of the database, with a name that nobody has.
func (w *world) newUser(ctx context.Context, words string) (user, password string, err error) {
	user, password = "u_"+strings.ToLower(rand.Text()[:12]), rand.Text()
	return user, password, w.execute(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s' %s", user, password, words))
}

// setPassword changes a user behind Alberti's back.
func (w *world) setPassword(ctx context.Context, user, password string) error {
	quoted := strings.ReplaceAll(password, "'", "''")
	return w.execute(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", pgx.Identifier{user}.Sanitize(), quoted))
}

// enter logs in, past every proxy.
func (w *world) enter(ctx context.Context, l login) error {
	return w.pg.CanLogin(ctx, l.User, l.Password, l.Database)
}

// refuses tells whether the server was reached and did not take the password.
func (w *world) refuses(ctx context.Context, l login) bool {
	var refusal *pgconn.PgError
	return errors.As(w.enter(ctx, l), &refusal) && refusal.Code == "28P01"
}

// quiet waits until nobody is logged in as one of the users: whatever was on its
// way to the server is done, or will never be.
func (w *world) quiet(ctx context.Context, users ...string) error {
	return eventually(ctx, "the sessions end", func() (bool, error) {
		n, err := ask[int](ctx, w, "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = ANY($1)", users)
		return n == 0, err
	})
}

// patience is how long a rotation may take to recover: far more than it should,
// for slow machines.
const patience = 30 * time.Second

const pollEvery = 10 * time.Millisecond

// eventually asks again and again until the answer is yes.
func eventually(ctx context.Context, what string, ask func() (bool, error)) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if ok, err := ask(); ok || err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-limit.C:
			return fmt.Errorf("%s: not within %v", what, patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
