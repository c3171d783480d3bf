package pgtest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/internal/pgtest"
)

const child = "PGTEST_CHILD" // set, this program starts a server and waits to be killed

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	s, err := pgtest.Start(context.Background(), pgtest.Options{NoSync: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.DSN(s.User, s.Password, "postgres"))
	io.Copy(io.Discard, os.Stdin) // until the parent lets go
	s.Stop()
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestRun(t *testing.T) {
	s := pgtest.Run(t, pgtest.Options{Settings: map[string]string{"log_statement": "all"}, TLS: true})
	conn := connect(t, s.DSN(s.User, s.Password, "postgres"))
	var one int
	if err := conn.QueryRow(t.Context(), "select 1 -- a mark").Scan(&one); err != nil || one != 1 {
		t.Fatalf("select: %d, %v", one, err)
	}
	if !strings.Contains(s.Log(), "a mark") {
		t.Errorf("the log lacks the statement:\n%s", s.Log())
	}
	if _, ok := conn.PgConn().Conn().(*tls.Conn); !ok {
		t.Error("no TLS")
	}
	if _, err := pgx.Connect(t.Context(), s.DSN(s.User, "wrong", "postgres")); err == nil {
		t.Error("any password will do")
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(s.Log(), "a mark") {
		t.Error("the log is gone with the server")
	}
}

func TestHBA(t *testing.T) {
	s := pgtest.Run(t, pgtest.Options{HBA: []string{"host all all 127.0.0.1/32 trust"}})
	connect(t, s.DSN(s.User, "", "postgres"))
}

func TestBrokenSettings(t *testing.T) {
	_, err := pgtest.Start(t.Context(), pgtest.Options{Settings: map[string]string{"no_such_thing": "1"}})
	if err == nil || !strings.Contains(err.Error(), "no_such_thing") {
		t.Errorf("the error does not show the log: %v", err)
	}
}

// tempDir makes a folder that the server's user can pass through, unlike those
// of t.TempDir.
func tempDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A server must not outlive a test that was killed.
func TestEndsWithParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), child+"=1", "TMPDIR="+tempDir(t)) // nobody is left to remove its data
	stdin, _ := cmd.StdinPipe()
	defer stdin.Close()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	// A session, and not a bare connection: one that is accepted while the server
	// goes down, and says nothing, keeps it for authentication_timeout.
	conn := connect(t, strings.TrimSpace(line))
	cmd.Process.Kill()
	cmd.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := conn.WaitForNotification(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("the server still holds its connection: %v", err)
	}
}
