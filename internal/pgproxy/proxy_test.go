package pgproxy_test

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/alberti-dev/alberti/internal/pgproxy"
	"github.com/alberti-dev/alberti/internal/pgtest"
)

func refusal(severity string) *pgproto3.ErrorResponse {
	return &pgproto3.ErrorResponse{Severity: severity, SeverityUnlocalized: severity, Code: "25006", Message: "read only"}
}

// TestVerdicts has each verdict passed on one statement, and looks at what came
// of it on both sides.
func TestVerdicts(t *testing.T) {
	pg := pgtest.Run(t)
	insert := func(f pgproxy.Frame) bool { return f.Says("INSERT") }
	for name, c := range map[string]struct {
		verdict  pgproxy.Verdict
		code     string // the client sees this error; "-" one without a code
		done     bool   // the server did it
		survives bool   // the connection is of use afterwards
	}{
		"goes on":             {pgproxy.Verdict{}, "", true, true},
		"held":                {pgproxy.Verdict{Hold: 50 * time.Millisecond}, "", true, true},
		"stalls":              {pgproxy.Verdict{Fate: pgproxy.Stalls, Hold: 50 * time.Millisecond}, "", true, true},
		"lost":                {pgproxy.Verdict{Fate: pgproxy.Lost}, "-", false, false},
		"last":                {pgproxy.Verdict{Fate: pgproxy.Last}, "-", true, false},
		"answer lost":         {pgproxy.Verdict{Fate: pgproxy.Lost, Answer: true}, "-", true, false},
		"refused":             {pgproxy.Verdict{Fate: pgproxy.Refused, Error: refusal("ERROR")}, "25006", false, true},
		"refused for good":    {pgproxy.Verdict{Fate: pgproxy.Refused, Error: refusal("FATAL")}, "25006", false, false},
		"refused when it did": {pgproxy.Verdict{Fate: pgproxy.Refused, Answer: true, Error: refusal("FATAL")}, "25006", true, false},
	} {
		for _, protocol := range []string{"simple", "extended"} {
			// In the extended protocol, the message that names the statement does nothing yet.
			done := c.done && (c.verdict.Fate != pgproxy.Last || protocol == "simple")
			t.Run(name+"/"+protocol, func(t *testing.T) {
				p, err := pgproxy.Start(pg.Host, pg.Port)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Down()
				struck := make(chan struct{}, 1)
				c.verdict.Then = func() { struck <- struct{}{} }
				p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
					if insert(f) {
						return c.verdict
					}
					return pgproxy.Verdict{}
				})
				conn := connect(t, pg, p)
				table := "t_" + strings.NewReplacer(" ", "_", "/", "_").Replace(t.Name())
				if _, err := conn.Exec(t.Context(), "CREATE TABLE "+table+" (n int)"); err != nil {
					t.Fatal(err)
				}
				statement, args := "INSERT INTO "+table+" VALUES (1)", []any{pgx.QueryExecModeExec}
				if protocol == "extended" {
					statement, args = "INSERT INTO "+table+" VALUES ($1)", []any{1}
				}
				_, err = conn.Exec(t.Context(), statement, args...)
				if code := codeOf(err); code != c.code {
					t.Errorf("%v, want %q", err, c.code)
				}
				<-struck // the answer may be here before
				_, err = conn.Exec(t.Context(), "SELECT 1")
				if survives := err == nil; survives != c.survives {
					t.Errorf("the connection survives: %v, want %v", err, c.survives)
				}
				direct := connectTo(t, pg.DSN(pg.User, pg.Password, "postgres"))
				var n int
				for deadline := time.Now().Add(5 * time.Second); ; { // what was the last may be under way
					if err := direct.QueryRow(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
						t.Fatal(err)
					}
					if (n == 1) == done || time.Now().After(deadline) {
						break
					}
				}
				if (n == 1) != done {
					t.Errorf("the server did it: %v, want %v", n == 1, done)
				}
			})
		}
	}
}

// TestRefusedInTransaction: the client knows its transaction to be void, and can
// roll back.
func TestRefusedInTransaction(t *testing.T) {
	pg := pgtest.Run(t)
	p, err := pgproxy.Start(pg.Host, pg.Port)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Down()
	conn := connect(t, pg, p)
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("INSERT") {
			return pgproxy.Verdict{Fate: pgproxy.Refused, Error: refusal("ERROR")}
		}
		return pgproxy.Verdict{}
	})
	err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "CREATE TABLE undone (n int); INSERT INTO undone VALUES (1)")
		return err
	})
	if codeOf(err) != "25006" {
		t.Error(err)
	}
	if conn.PgConn().TxStatus() != 'I' {
		t.Errorf("the transaction is %c", conn.PgConn().TxStatus())
	}
}

func codeOf(err error) string {
	var server *pgconn.PgError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &server):
		return server.Code
	}
	return "-"
}

func connect(t *testing.T, pg *pgtest.Server, p *pgproxy.Proxy) *pgx.Conn {
	t.Helper()
	direct := net.JoinHostPort(pg.Host, strconv.Itoa(pg.Port))
	through := strings.Replace(pg.DSN(pg.User, pg.Password, "postgres"), direct, p.Address(), 1)
	return connectTo(t, strings.Replace(through, "sslmode=prefer", "sslmode=disable", 1))
}

func connectTo(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
