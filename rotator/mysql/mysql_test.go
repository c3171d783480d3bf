package mysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/internal/mariadbtest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is the one of most tests here; each has users of its own.
var (
	server *mariadbtest.Server
	admin  *sql.DB
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	server, err = mariadbtest.Start(context.Background(), mariadbtest.Options{
		TLS: true, SQL: []string{"INSTALL SONAME 'auth_ed25519'"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	admin = quiet(server)
	defer admin.Close()
	return m.Run()
}

// quiet is the administrator, unlogged: what it is told to do holds passwords.
func quiet(s *mariadbtest.Server) *sql.DB {
	db := s.Open(s.User, s.Password)
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("SET sql_log_off = 1"); err != nil {
		panic(err)
	}
	return db
}

func harness(e rotator.Engine) rotatortest.Harness {
	return rotatortest.Harness{
		Engine: e,
		Value:  value,
		User:   func(t testing.TB, user, password string) { newUser(t, user, password) },
		Login:  login,
		Reset:  reset,
		Drop:   drop,
		Admin:  server.User, AdminPassword: server.Password,
		Lock: lock, Expire: expire, Limit: limit, Grant: grant, Revoke: revoke, Can: can,
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, harness(mysql.MariaDB))
}

// value is a secret's value for a user of the server, without TLS.
func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "mariadb", "host": server.Host, "port": server.Port,
		"username": user, "password": password, "ssl": false,
	}
}

// with changes a value.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

// login logs in past the engine. What it says of a malformed packet is a fault of
// the driver's, which the engine gets over too.
func login(t testing.TB, user, password string) (err error) {
	db := server.Open(user, password)
	defer db.Close()
	for range 4 {
		if err = db.PingContext(t.Context()); !errors.Is(err, driver.ErrMalformPkt) {
			break
		}
	}
	return err
}

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func refuses(t testing.TB, user, password string) {
	t.Helper()
	if login(t, user, password) == nil {
		t.Errorf("%q logs in with a password that is out of force", user)
	}
}

// execute runs statements as the administrator.
func execute(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := admin.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// query gives the first column of a query's rows.
func query(t testing.TB, text string) (out []string) {
	t.Helper()
	rows, err := admin.Query(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	for rows.Next() {
		var column sql.NullString
		if err := rows.Scan(&column); err != nil {
			t.Fatal(err)
		}
		out = append(out, column.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// at is an account for a host; any is one for any.
func at(user, host string) string { return literal(user) + "@" + literal(host) }
func anywhere(user string) string { return at(user, "%") }

// newUser makes a user; words may hold what else CREATE USER understands.
func newUser(t testing.TB, user, password string, words ...string) {
	t.Helper()
	execute(t, "CREATE USER "+anywhere(user)+" IDENTIFIED BY "+literal(password)+" "+strings.Join(words, " "))
}

// reset gives a user a password, past the engine.
func reset(t testing.TB, user, password string) {
	t.Helper()
	execute(t, "SET PASSWORD FOR "+anywhere(user)+" = PASSWORD("+literal(password)+")")
}

// drop ends a user's connections, and waits until they are gone.
func drop(t testing.TB, user string) {
	t.Helper()
	execute(t, "KILL HARD USER "+literal(user))
	for len(query(t, "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = "+literal(user))) > 0 {
		execute(t, "DO SLEEP(0.01)")
	}
}

func literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`, "\x00", `\0`).Replace(text) + "'"
}

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// single is a secret for a user who changes its own password.
func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, mysql.MariaDB, v)
}

// alternating is a secret for two users, with the administrator's.
func alternating(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := with(v, "username", server.User)
	master["password"] = server.Password
	s := rotatortest.New(t, m, "master", rotator.SingleUser, mysql.MariaDB, master)
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, mysql.MariaDB, with(v, "masterarn", s.ID))
}

// set runs the steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
