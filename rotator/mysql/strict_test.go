package mysql_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/mariadbtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// TestStrict needs a server of its own, for settings that count for all: it
// checks passwords, which it cannot do with hashes, and is read-only, full or
// particular for a while.
func TestStrict(t *testing.T) {
	t.Parallel()
	strict, err := mariadbtest.Start(t.Context(), mariadbtest.Options{
		Settings: []string{"plugin-load-add=simple_password_check", "plugin-load-add=auth_ed25519", "simple-password-check-minimal-length=11", "max-password-errors=2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer strict.Stop()
	admin := quiet(strict)
	defer admin.Close()
	run := func(statements ...string) {
		t.Helper()
		for _, s := range statements {
			if _, err := admin.Exec(s); err != nil {
				t.Fatalf("%s: %v", s, err)
			}
		}
	}
	try := func(user, password string) (rotator.Session, error) {
		c := rotator.Credential{Host: strict.Host, Port: strict.Port, Username: user, Password: secret.Text(password), TLS: rotator.TLSOff}
		return mysql.MariaDB.Login(t.Context(), c, &contract.Report{})
	}
	run("CREATE USER strict@'%' IDENTIFIED BY 'Right-Pass-1'", "CREATE USER strict_ed25519@'%' IDENTIFIED VIA ed25519 USING PASSWORD('Right-Pass-1')")

	s, err := try("strict", "Right-Pass-1")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := s.(rotator.Ruler).Rules(t.Context(), "strict")
	if err != nil || rules != (rotator.Rules{MinLength: 11, EachType: true}) {
		t.Errorf("rules: %+v, %v", rules, err)
	}
	if err := s.SetPassword(t.Context(), "strict", secret.Text("short")); !errors.Is(err, contract.ErrUnacceptable) || strings.Contains(err.Error(), "short") {
		t.Errorf("a short password: %v", err)
	}
	for _, password := range append(hostile, every()) {
		password += "-Aa1"
		if len(password) < 11 {
			password += "-longer"
		}
		if err := s.SetPassword(t.Context(), "strict", secret.Text(password)); err != nil {
			t.Errorf("%q: %v", password, err)
		}
		again, err := try("strict", password)
		if err != nil {
			t.Fatalf("%q: %v", password, err)
		}
		again.Close()
	}

	// Both strategies, with passwords in clear: that is noted.
	here := func(v map[string]any) map[string]any {
		v = maps.Clone(v)
		v["port"] = strict.Port
		return v
	}
	if err := s.SetPassword(t.Context(), "strict", secret.Text("Right-Pass-1")); err != nil {
		t.Fatal(err)
	}
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, mysql.MariaDB, here(value(strict.User, strict.Password)))
	for name, secret := range map[string]*rotatortest.Subject{
		"simple_password_check": rotatortest.New(t, m, "single", rotator.SingleUser, mysql.MariaDB, here(value("strict", "Right-Pass-1"))),
		"plugin":                rotatortest.New(t, m, "pair", rotator.AlternatingUsers, mysql.MariaDB, with(here(value("strict_ed25519", "Right-Pass-1")), "masterarn", master.ID)),
	} {
		if err := set(secret); err != nil || !strings.Contains(strings.Join(secret.Report.Notes, "\n"), "told to the server itself, not as a hash: it checks passwords by simple_password_check") {
			t.Errorf("%s: %v, notes %q", name, err, secret.Report.Notes)
		}
		secret.Run("setSecret", "testSecret", "finishSecret")
		secret.Rotate()
	}

	run("CREATE USER readonly@'%' IDENTIFIED BY 'Right-Pass-1'", "SET GLOBAL read_only = 1")
	s.Close()
	if s, err = try("readonly", "Right-Pass-1"); err != nil {
		t.Fatal(err)
	}
	var failed *rotator.LoginError
	if err := s.SetPassword(t.Context(), "readonly", secret.Text("Other-Pass-1")); !errors.As(err, &failed) || failed.Reason != rotator.ReadOnly {
		t.Errorf("read-only: %v", err)
	}
	s.Close()
	run("SET GLOBAL read_only = 0")

	reason := func(user, password string) rotator.Reason {
		s, err := try(user, password)
		if err == nil {
			s.Close()
			return ""
		}
		errors.As(err, &failed)
		return failed.Reason
	}
	for _, want := range []rotator.Reason{rotator.Refused, rotator.Refused, rotator.Locked} {
		if got := reason("readonly", "wrong"); got != want {
			t.Errorf("a wrong password: %q, want %q", got, want)
		}
	}
	run("SET GLOBAL max_connections = 10")
	if got := fill(t, strict); got != rotator.LimitHit {
		t.Errorf("a full server: %q", got)
	}
}

// fill takes connections until there are no more.
func fill(t *testing.T, full *mariadbtest.Server) rotator.Reason {
	c := rotator.Credential{Host: full.Host, Port: full.Port, Username: full.User, Password: secret.Text(full.Password), TLS: rotator.TLSOff}
	for range 20 {
		s, err := mysql.MariaDB.Login(context.WithoutCancel(t.Context()), c, &contract.Report{})
		if err != nil {
			var failed *rotator.LoginError
			errors.As(err, &failed)
			return failed.Reason
		}
		defer s.Close()
	}
	return ""
}
