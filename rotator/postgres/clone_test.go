package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// pairFor makes a user and the secret that alternates it.
func pairFor(t *testing.T, user string, words ...string) *rotatortest.Subject {
	t.Helper()
	newRole(t, user, "right", words...)
	return alternating(t, value(user, "right"))
}

// may asks the server whether a role has another's rights: 'USAGE' (it need not
// do anything for them), 'MEMBER' (it may SET ROLE) or 'MEMBER WITH ADMIN OPTION'.
func may(t *testing.T, user, role, how string) bool {
	t.Helper()
	return query(t, "SELECT pg_has_role("+literal(user)+", "+literal(role)+", "+literal(how)+")") == "true"
}

func wantRole(t *testing.T, user, role, how string, want bool) {
	t.Helper()
	if got := may(t, user, role, how); got != want {
		t.Errorf("%s has %s of %s: %v, want %v", user, how, role, got, want)
	}
}

// TestCloneMemberships wants the clone to have what the original has, in the
// way the original has it.
func TestCloneMemberships(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE ROLE member_read", "CREATE ROLE member_admin", "CREATE TABLE member_table (n int)")
	for _, c := range []struct{ user, inherit string }{{"member_a", "INHERIT"}, {"member_b", "NOINHERIT"}} {
		s := pairFor(t, c.user, c.inherit, "IN ROLE member_read")
		execute(t, "GRANT member_admin TO "+c.user+" WITH ADMIN OPTION", "GRANT SELECT ON member_table TO "+c.user)
		s.Rotate()
		for _, role := range []string{"member_read", "member_admin"} {
			for _, how := range []string{"USAGE", "MEMBER", "MEMBER WITH ADMIN OPTION"} {
				wantRole(t, c.user+"_clone", role, how, may(t, c.user, role, how))
			}
		}
		if got := query(t, "SELECT has_table_privilege('"+c.user+"_clone', 'member_table', 'SELECT')"); got != "true" {
			t.Errorf("the clone of %s may read its tables: %s", c.user, got)
		}
	}
}

// TestMembershipsChange grants and revokes between rotations, to whichever of
// the two someone thought of.
func TestMembershipsChange(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE ROLE change_a", "CREATE ROLE change_b", "CREATE ROLE change_c", "CREATE ROLE change_d")
	s := pairFor(t, "change", "IN ROLE change_a")
	both := func(role, how string, want bool) {
		t.Helper()
		wantRole(t, "change", role, how, want)
		wantRole(t, "change_clone", role, how, want)
	}
	s.Rotate() // to the clone
	both("change_a", "USAGE", true)

	execute(t, "GRANT change_b TO change", "REVOKE change_a FROM change",
		"GRANT change_c TO change_clone WITH ADMIN OPTION", "GRANT change_d TO change_clone")
	s.Rotate() // to the original
	both("change_a", "MEMBER", false)
	both("change_b", "USAGE", true)
	both("change_c", "MEMBER WITH ADMIN OPTION", true)
	both("change_d", "USAGE", true)
	both("change_d", "MEMBER WITH ADMIN OPTION", false)

	execute(t, "REVOKE change_b FROM change", "REVOKE change_c FROM change",
		"GRANT change_a TO change", "GRANT change_b TO change_clone")
	s.Rotate() // to the clone, which was not in use when it was given change_b
	both("change_a", "USAGE", true)
	both("change_b", "MEMBER", false)
	both("change_c", "MEMBER", false)
	both("change_d", "USAGE", true)

	execute(t, "REVOKE change_d FROM change")
	s.Rotate()
	both("change_d", "MEMBER", false)
}

// TestLevelOnRetry stops after the password was set, and wants the next attempt
// to look at the memberships all the same.
func TestLevelOnRetry(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE ROLE retry_a")
	s := pairFor(t, "retry")
	for _, c := range []struct{ inUse, other string }{{"retry", "retry_clone"}, {"retry_clone", "retry"}} {
		s.Begin()
		s.Run(secret.CreateSecret, secret.SetSecret)
		execute(t, "GRANT retry_a TO "+c.inUse, "REVOKE retry FROM retry_clone")
		s.Run(secret.SetSecret)
		if !strings.Contains(strings.Join(s.Report.Notes, "\n"), "in force already") {
			t.Fatalf("notes: %q", s.Report.Notes)
		}
		wantRole(t, c.other, "retry_a", "USAGE", true)
		wantRole(t, "retry_clone", "retry", "USAGE", true)
		s.Run(secret.TestSecret, secret.FinishSecret)
		execute(t, "REVOKE retry_a FROM retry")
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	const look = `SELECT (rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil)::text FROM pg_roles WHERE rolname = `
	s := pairFor(t, "attributes", "CREATEDB REPLICATION BYPASSRLS CONNECTION LIMIT 7 VALID UNTIL '2100-01-02 03:04:05.678+02'")
	same := func() {
		t.Helper()
		if want, got := query(t, look+"'attributes'"), query(t, look+"'attributes_clone'"); got != want {
			t.Errorf("the clone is %s, the original %s", got, want)
		}
	}
	s.Rotate()
	same()
	s.Rotate()
	execute(t, "ALTER ROLE attributes NOCREATEDB NOREPLICATION CREATEROLE CONNECTION LIMIT -1 VALID UNTIL 'infinity'")
	s.Rotate()
	same()
	execute(t, "ALTER ROLE attributes NOBYPASSRLS SUPERUSER")
	want := query(t, look+"'attributes'")
	s.Rotate()
	same()
	if got := query(t, look+"'attributes'"); got != want {
		t.Errorf("the original became %s, it was %s", got, want)
	}
}

// TestOwned takes over a role that the secret calls its own: AWS's function
// made it, and left no mark.
func TestOwned(t *testing.T) {
	t.Parallel()
	newRole(t, "owned_clone", "right-2", "NOINHERIT")
	s := pairFor(t, "owned")
	master := masterOf(t, s)
	s.Write(with(value("owned_clone", "right-2"), "masterarn", master))
	s.Write(with(value("owned", "right"), "masterarn", master))
	s.Rotate()
	user, password := s.Login(secret.Current)
	accepts(t, user, password)
	wantRole(t, "owned_clone", "owned", "USAGE", true) // AWS's is never repaired
}

// TestMarked goes back to the original although a person overwrote the version
// that named it: the clone bears the mark of this secret.
func TestMarked(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "marked")
	s.Rotate()
	user, password := s.Login(secret.Current)
	v := with(value(user, password), "masterarn", masterOf(t, s))
	s.Write(v)
	s.Write(v) // AWSPREVIOUS is the clone's too
	s.Rotate()
	if user, password = s.Login(secret.Current); user != "marked" {
		t.Errorf("the turn of %s", user)
	}
	accepts(t, user, password)
}

// TestNameTooLong refuses before anything is touched.
func TestNameTooLong(t *testing.T) {
	t.Parallel()
	s := pairFor(t, strings.Repeat("y", 58))
	s.Begin()
	if err := s.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "would exceed 63") {
		t.Errorf("createSecret: %v", err)
	}
}

// TestOwnership has both users make tables: they belong to the original, and
// each may use the other's (rotation-functions.md, 16.4).
func TestOwnership(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "maker")
	execute(t, "GRANT CREATE ON SCHEMA public TO maker")
	s.Rotate()
	execute(t, "ALTER ROLE maker_clone RESET role", "CREATE TABLE maker_before (n int)", "ALTER TABLE maker_before OWNER TO maker_clone")
	for i, table := range []string{"maker_0", "maker_1", "maker_2"} {
		user, password := s.Login(secret.Current)
		if i == 0 {
			s.Rotate()
			user, password = s.Login(secret.Current)
		}
		conn, err := pgx.Connect(t.Context(), dsn(user, password))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "CREATE TABLE "+table+" (n int); INSERT INTO maker_before VALUES (1)"); err != nil {
			t.Errorf("%s: %v", user, err)
		}
		conn.Close(t.Context())
		s.Rotate()
	}
	if got := query(t, "SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'maker_%'"); got != "maker" {
		t.Errorf("the tables belong to %s", got)
	}
}
