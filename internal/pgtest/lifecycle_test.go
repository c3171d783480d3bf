package pgtest_test

import (
	"crypto/x509"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/internal/pgtest"
)

// A stopped server leaves neither a process nor a file.
func TestStopLeavesNothing(t *testing.T) {
	dir := tempDir(t)
	t.Setenv("TMPDIR", dir)
	s := pgtest.Run(t)
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Fatalf("a running server has %v in TMPDIR", left)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(s.PID(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestVerifiedTLS(t *testing.T) {
	s, other := pgtest.Run(t, pgtest.Options{TLS: true}), pgtest.Run(t, pgtest.Options{TLS: true})
	login := func(ca []byte) error {
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, ca, 0o600); err != nil {
			t.Fatal(err)
		}
		conn, err := pgx.Connect(t.Context(), strings.Replace(s.DSN(s.User, s.Password, "postgres"),
			"sslmode=prefer", "sslmode=verify-full&sslrootcert="+url.QueryEscape(file), 1))
		if err == nil {
			conn.Close(t.Context())
		}
		return err
	}
	if err := login(s.CA); err != nil {
		t.Errorf("its own CA: %v", err)
	}
	var unknown x509.UnknownAuthorityError
	if err := login(other.CA); !errors.As(err, &unknown) {
		t.Errorf("another server's CA: %v", err)
	}
}

// What was committed survives, without fsync too.
func TestRestart(t *testing.T) {
	s := pgtest.Run(t)
	if err := s.Exec(t.Context(), "CREATE TABLE kept ()"); err != nil {
		t.Fatal(err)
	}
	port, pid := s.Port, s.PID()
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.Port != port || s.PID() == pid {
		t.Errorf("port %d, was %d; process %d, was %d", s.Port, port, s.PID(), pid)
	}
	if err := s.Exec(t.Context(), "TABLE kept"); err != nil {
		t.Error(err)
	}
}

// What another server answers on the port does not make ours ready.
func TestPortTaken(t *testing.T) {
	s, other := pgtest.Run(t), pgtest.Run(t)
	s.Port = other.Port
	if err := s.Restart(t.Context()); err == nil {
		t.Error("started on a port that another server has")
	}
}
