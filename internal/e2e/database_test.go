package e2e_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/internal/pgtest"
)

// database is the PostgreSQL that all tests share.
func database(t testing.TB) *pgtest.Server {
	t.Helper()
	s, err := postgresql()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// login is the value of a secret that rotates.
type login struct {
	Engine   string `json:"engine"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"username"`
	Password string `json:"password"`
	Database string `json:"dbname"`
	Master   string `json:"masterarn,omitempty"`
	TLS      string `json:"ssl,omitempty"`
}

// JSON writes the value.
func (l login) JSON() string {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// newUser makes a user of the database with a password.
func newUser(t testing.TB) login {
	t.Helper()
	pg := database(t)
	name := "u_" + strings.ToLower(rand.Text()[:12])
	l := login{Engine: "postgres", Host: pg.Host, Port: pg.Port, User: name, Password: rand.Text(), Database: "postgres"}
	setPassword(t, l.User, l.Password, "CREATE")
	return l
}

// setPassword changes a user behind Alberti's back.
func setPassword(t testing.TB, user, password, verb string) {
	t.Helper()
	if err := database(t).Exec(t.Context(), verb+" ROLE "+user+" LOGIN PASSWORD '"+password+"'"); err != nil {
		t.Fatal(err)
	}
}

// administrator is the superuser's login.
func administrator(t testing.TB) login {
	t.Helper()
	pg := database(t)
	return login{Engine: "postgres", Host: pg.Host, Port: pg.Port, User: pg.User, Password: pg.Password, Database: "postgres"}
}

// works wants a login to work. It goes to the database itself, whatever host the
// secret names.
func (l login) works(t testing.TB) {
	t.Helper()
	if err := database(t).CanLogin(t.Context(), l.User, l.Password, l.Database); err != nil {
		t.Errorf("the login of %s does not work: %v", l.User, err)
	}
}

// isRefused wants the password to be refused.
func (l login) isRefused(t testing.TB) {
	t.Helper()
	err := database(t).CanLogin(t.Context(), l.User, l.Password, l.Database)
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || refusal.Code != "28P01" {
		t.Errorf("the password of %s is not refused: %v", l.User, err)
	}
}

// query reads one text as some user.
func query(t testing.TB, dsn, sql string) (string, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		return "", err
	}
	defer conn.Close(t.Context())
	var text string
	err = conn.QueryRow(t.Context(), sql).Scan(&text)
	return text, err
}
