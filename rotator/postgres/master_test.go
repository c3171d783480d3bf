package postgres_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// clone makes a clone with the engine alone.
func clone(t *testing.T, from, to string) {
	t.Helper()
	session, err := postgres.Engine{}.Login(t.Context(), credential(server.User, server.Password), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	owner := rotator.Owner{SecretARN: "arn:it's mine"}
	if err := session.(rotator.Cloner).Clone(t.Context(), from, to, secret.Text("right"), owner); err != nil {
		t.Errorf("Clone: %v", err)
	}
}

// masterOf is the masterarn of a secret.
func masterOf(t *testing.T, s *rotatortest.Subject) string {
	t.Helper()
	v, err := s.Secrets.GetSecretValue(t.Context(), s.ID, "", secret.Current)
	if err != nil {
		t.Fatal(err)
	}
	return rotatortest.Member(v, "masterarn")
}

func TestMasterRefused(t *testing.T) {
	t.Parallel()
	newRole(t, "refused_pair", "right")
	newRole(t, "refused_master", "right", "CREATEROLE")
	s := alternatingUnder(t, value("refused_pair", "right"), value("refused_master", "wrong-1"))
	err := set(s)
	if err == nil || !strings.HasPrefix(err.Error(), "Unable to log into database using credentials in master secret ") ||
		!strings.Contains(err.Error(), "28P01") || strings.Contains(err.Error(), "wrong-1") {
		t.Errorf("setSecret: %v", err)
	}
}

// TestConfusedDeputy wants the administrator to stay out of it when the secret
// cannot prove that the user is its own.
func TestConfusedDeputy(t *testing.T) {
	t.Parallel()
	newRole(t, "deputy", "right")
	s := alternating(t, value("deputy", "wrong-1"))
	err := set(s)
	if err == nil || !strings.HasPrefix(err.Error(), "Unable to log into database using current credentials for secret ") {
		t.Errorf("setSecret: %v", err)
	}
	if query(t, "SELECT count(*) FROM pg_roles WHERE rolname = 'deputy_clone'") != "0" {
		t.Error("the clone was made")
	}
}

// TestMasterCreateRole has an administrator who is no superuser, as on RDS.
func TestMasterCreateRole(t *testing.T) {
	t.Parallel()
	newRole(t, "creator", "right", "CREATEROLE CREATEDB")
	execute(t, "CREATE ROLE creator_read")
	newRole(t, "creator_pair", "right", "CREATEDB CONNECTION LIMIT 9")
	execute(t, "GRANT creator_read TO creator_pair", "ALTER ROLE creator_pair SET search_path TO a, b",
		"ALTER ROLE creator_pair IN DATABASE postgres SET work_mem TO '8MB'",
		// PostgreSQL 16 asks for what 15 took for granted.
		"GRANT creator_pair TO creator WITH ADMIN OPTION", "GRANT creator_read TO creator WITH ADMIN OPTION")
	s := alternatingUnder(t, value("creator_pair", "right"), value("creator", "right"))
	s.Rotate()
	execute(t, "GRANT creator_read TO creator_pair_clone")
	for range 3 {
		s.Rotate()
		user, password := s.Login(secret.Current)
		accepts(t, user, password)
	}
	wantRole(t, "creator_pair_clone", "creator_read", "USAGE", true)
	if a, b := settingsOf(t, "creator_pair"), settingsOf(t, "creator_pair_clone"); "*: role=creator_pair\n"+a != b || a == "" {
		t.Errorf("the clone has\n%s\nthe original\n%s", b, a)
	}
}

// TestMasterMayNot has users that are more than such an administrator may make:
// that fails by name, and changes nothing.
func TestMasterMayNot(t *testing.T) {
	t.Parallel()
	newRole(t, "lesser", "right", "CREATEROLE")
	for name, c := range map[string]struct{ make, says string }{
		"superuser": {"ALTER ROLE %s SUPERUSER", "superuser"},
		"bypassrls": {"ALTER ROLE %s BYPASSRLS", "BYPASSRLS"},
		"setting":   {"ALTER ROLE %s SET log_statement TO 'none'", "log_statement"},
	} {
		user := "lesser_" + name
		newRole(t, user, "right")
		execute(t, "GRANT "+user+" TO lesser WITH ADMIN OPTION", strings.ReplaceAll(c.make, "%s", user))
		s := alternatingUnder(t, value(user, "right"), value("lesser", "right"))
		if err := set(s); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: setSecret: %v", name, err)
		}
		if query(t, "SELECT count(*) FROM pg_roles WHERE rolname = "+literal(user+"_clone")) != "0" {
			t.Errorf("%s: the clone was made, but not like the original", name)
		}
		accepts(t, user, "right")
	}
}
