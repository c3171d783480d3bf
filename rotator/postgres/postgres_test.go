package postgres_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is the one of all tests here; each has users of its own.
var server *pgtest.Server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	release, err := releaseFromEnv()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	options := pgtest.Options{
		TLS: true, NoSync: true, Release: release,
		// A server that tells all it can.
		Settings: map[string]string{
			"log_statement": "all", "log_min_error_statement": "debug5",
			"max_connections": "200",
		},
		HBA: []string{
			"local all all trust",
			"hostnossl all +tlsonly all reject",
			"hostssl all +certified all scram-sha-256 clientcert=verify-ca",
			"host all +oldclients all md5",
			"host all +inclear all password",
			"host all +trusted all trust",
		},
	}
	if release != 12 { // which never logs parameters of its own accord
		options.Settings["log_parameter_max_length_on_error"] = "-1"
	}
	server, err = pgtest.Start(context.Background(), options)
	if err == nil {
		defer server.Stop()
		err = connectSuper()
	}
	if err == nil {
		_, err = super.conn.Exec(context.Background(), "CREATE ROLE tlsonly; CREATE ROLE certified; CREATE ROLE oldclients; CREATE ROLE inclear; CREATE ROLE trusted")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// releaseFromEnv is the release of PostgreSQL to be met, the system's own where
// nothing is said: make test goes through the oldest and the newest too.
func releaseFromEnv() (int, error) {
	text := os.Getenv("ALBERTI_TEST_POSTGRES")
	if text == "" {
		return 0, nil
	}
	return strconv.Atoi(text)
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: postgres.Engine{},
		Value:  value,
		User:   func(t testing.TB, user, password string) { newRole(t, user, password) },
		Login:  login,
		Reset:  reset,
		Drop:   drop,
		Admin:  server.User, AdminPassword: server.Password,
		Lock:  func(t testing.TB, user string) { execute(t, "ALTER ROLE "+quote(user)+" NOLOGIN") },
		Limit: func(t testing.TB, user string) { execute(t, "ALTER ROLE "+quote(user)+" CONNECTION LIMIT 0") },
		// Expire: an expired password is refused as a wrong one is.
		Grant:  func(t testing.TB, user string, n int) { execute(t, "GRANT "+privilege(t, n)+" TO "+actsAs(user)) },
		Revoke: func(t testing.TB, user string, n int) { execute(t, "REVOKE "+privilege(t, n)+" FROM "+actsAs(user)) },
		Can:    can,
	})
}

var privileges = []string{"SELECT", "UPDATE"}

// privilege is one of two on a table that is made when first
// needed.
func privilege(t testing.TB, n int) string {
	execute(t, "CREATE TABLE IF NOT EXISTS suite_table (n int)")
	return privileges[n] + " ON suite_table"
}

// actsAs is the role that a user's sessions have: the original's, for both.
func actsAs(user string) string { return quote(strings.TrimSuffix(user, "_clone")) }

// can tries a privilege out.
func can(t testing.TB, user, password string, n int) bool {
	conn, err := pgx.Connect(t.Context(), dsn(user, password))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), []string{"SELECT n FROM suite_table", "UPDATE suite_table SET n = 1"}[n])
	return err == nil
}

// drop ends a user's connections, and waits until they are gone.
func drop(t testing.TB, user string) {
	theirs := " FROM pg_stat_activity WHERE usename = " + literal(user)
	query(t, "SELECT pg_terminate_backend(pid)"+theirs)
	query(t, "DO $$ BEGIN WHILE EXISTS (SELECT"+theirs+") LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$")
}

// value is a secret's value for a user of the server, without TLS.
func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "postgres", "host": server.Host, "port": server.Port,
		"username": user, "password": password, "ssl": false,
	}
}

// with changes a value.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func dsn(user, password string) string {
	return strings.Replace(server.DSN(user, password, "postgres"), "sslmode=prefer", "sslmode=disable", 1)
}

// login logs in past the engine, without TLS: it is done often.
func login(t testing.TB, user, password string) error {
	conn, err := pgconn.Connect(t.Context(), dsn(user, password))
	if err != nil {
		return err
	}
	return conn.Close(t.Context())
}

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

// execute runs statements as the superuser, unlogged: they hold passwords.
func execute(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		query(t, s)
	}
}

// query gives the first column of a query's rows, line by line.
func query(t testing.TB, sql string) string {
	t.Helper()
	super.Lock()
	defer super.Unlock()
	rows, err := super.conn.Query(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		if err != nil {
			return "", err
		}
		return fmt.Sprint(values[0]), nil
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(out, "\n")
}

// super is a connection of the superuser that leaves nothing in the log.
var super struct {
	sync.Mutex
	conn *pgx.Conn
}

func connectSuper() (err error) {
	if super.conn, err = server.Admin(context.Background()); err != nil {
		return err
	}
	_, err = super.conn.Exec(context.Background(), "SET log_statement = 'none'; SET log_min_error_statement = 'panic'")
	return err
}

// newRole makes a user; words may hold what else CREATE ROLE understands.
func newRole(t testing.TB, user, password string, words ...string) {
	t.Helper()
	execute(t, "CREATE ROLE "+quote(user)+" LOGIN PASSWORD "+literal(password)+" "+strings.Join(words, " "))
}

// reset gives a role a password, past the engine.
func reset(t testing.TB, user, password string) {
	t.Helper()
	execute(t, "ALTER ROLE "+quote(user)+" PASSWORD "+literal(password))
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func literal(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}

// single is a secret for a user who changes its own password.
func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, postgres.Engine{}, v)
}

// alternating is a secret for two users, with the superuser as administrator.
func alternating(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return alternatingUnder(t, v, value(server.User, server.Password))
}

func alternatingUnder(t *testing.T, v, master map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	s := rotatortest.New(t, m, "master", rotator.SingleUser, postgres.Engine{}, master)
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, postgres.Engine{}, with(v, "masterarn", s.ID))
}

// steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
