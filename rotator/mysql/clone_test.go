package mysql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// pairFor makes a user and the secret that alternates it.
func pairFor(t *testing.T, user string, words ...string) *rotatortest.Subject {
	t.Helper()
	newUser(t, user, "right", words...)
	return alternating(t, value(user, "right"))
}

// looks is what the server shows of an account, without its name, its password
// and its mark.
func looks(t *testing.T, user, host string) string {
	t.Helper()
	var out []string
	for _, row := range append(query(t, "SHOW GRANTS FOR "+at(user, host)), query(t, "SHOW CREATE USER "+at(user, host))...) {
		if !strings.Contains(row, "`made-by-alberti-") {
			row = strings.ReplaceAll(row, quote(user)+"@"+quote(host), "<account>")
			if before, after, ok := strings.Cut(row, "PASSWORD '*"); ok {
				row = before + after[40:]
			}
			out = append(out, row)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// alike wants two users to be the same but for their passwords.
func alike(t *testing.T, a, b string) {
	t.Helper()
	if x, y := looks(t, a, "%"), looks(t, b, "%"); x != y {
		t.Errorf("%s is\n%s\n%s is\n%s", a, x, b, y)
	}
}

// table is what a privilege is for, by its number. What follows is what the suite
// asks of a server.
func table(n int) string { return fmt.Sprintf("may.t%d", n) }

func grant(t testing.TB, user string, n int) {
	t.Helper()
	execute(t, "CREATE DATABASE IF NOT EXISTS may", "CREATE TABLE IF NOT EXISTS "+table(n)+" (a int)", "GRANT SELECT ON "+table(n)+" TO "+anywhere(user))
}

func revoke(t testing.TB, user string, n int) {
	t.Helper()
	execute(t, "REVOKE SELECT ON "+table(n)+" FROM "+anywhere(user))
}

// can tells whether a user, logged in, may do what a privilege allows.
func can(t testing.TB, user, password string, n int) bool {
	t.Helper()
	db := server.Open(user, password)
	defer db.Close()
	_, err := db.ExecContext(t.Context(), "SELECT * FROM "+table(n))
	if err != nil && !strings.Contains(err.Error(), "1142") {
		t.Errorf("%s: %v", user, err)
	}
	return err == nil
}

// TestDrift grants and revokes at the user in use, and wants the next to follow;
// what was taken never comes back by the twin, as it does with AWS's function.
func TestDrift(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "drift")
	grant(t, "drift", 1)
	want := []bool{true, false}
	for turn := range 4 {
		s.Rotate()
		user, password := s.Login(secret.Current)
		for n, may := range want {
			if can(t, user, password, n+1) != may {
				t.Errorf("turn %d: %s may do %d: %v", turn, user, n+1, !may)
			}
		}
		grant(t, user, 2-turn%2)
		revoke(t, user, 1+turn%2)
		want[0], want[1] = want[1], want[0]
	}
}

// TestCloneAll carries all that an account can have, under hostile names, there
// and back.
func TestCloneAll(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE DATABASE `one TO two``'\"%`", "CREATE TABLE `one TO two``'\"%`.`t ON (x` (a int, `b,(c` int, `d``)` int)",
		"CREATE PROCEDURE `one TO two``'\"%`.`p FROM x`() SELECT 1", "CREATE FUNCTION `one TO two``'\"%`.f() RETURNS int RETURN 1",
		"CREATE ROLE all_reader", "CREATE ROLE `all TO 'x'@'%'`", "CREATE USER all_proxied@'%'")
	s := pairFor(t, "whole", `REQUIRE ISSUER '/O=it''s \\ here' SUBJECT '/CN=all' WITH MAX_QUERIES_PER_HOUR 90 MAX_STATEMENT_TIME 2.5 PASSWORD EXPIRE INTERVAL 30 DAY`)
	execute(t, "ALTER USER whole@'%' REQUIRE SSL") // so that it can log in
	execute(t, "ALTER USER whole@'%' REQUIRE NONE WITH MAX_UPDATES_PER_HOUR 7")
	for _, g := range []string{
		"SELECT, RELOAD, REPLICATION CLIENT ON *.*", "SELECT, INSERT (a, `b,(c`), UPDATE (`d``)`) ON `one TO two``'\"%`.`t ON (x`",
		"ALL ON `some\\_db%`.*", "EXECUTE ON PROCEDURE `one TO two``'\"%`.`p FROM x`", "EXECUTE, ALTER ROUTINE ON FUNCTION `one TO two``'\"%`.f",
		"INSERT ON `one TO two``'\"%`.*", "PROXY ON all_proxied@'%'",
	} {
		execute(t, "GRANT "+g+" TO whole@'%'")
	}
	execute(t, "GRANT USAGE ON `one TO two``'\"%`.* TO whole@'%' WITH GRANT OPTION", "GRANT all_reader TO whole@'%' WITH ADMIN OPTION",
		"GRANT `all TO 'x'@'%'` TO whole@'%'", "SET DEFAULT ROLE all_reader FOR whole@'%'")
	s.Rotate()
	alike(t, "whole", "whole_clone")

	for _, change := range [][]string{
		{"REVOKE ALL ON `some\\_db%`.* FROM whole_clone@'%'", "GRANT SELECT ON `some\\_db%`.* TO whole_clone@'%'", "REVOKE RELOAD ON *.* FROM whole_clone@'%'"},
		{"GRANT ALL ON `some\\_db%`.* TO whole@'%'", "REVOKE PROXY ON all_proxied@'%' FROM whole@'%'", "SET DEFAULT ROLE NONE FOR whole@'%'"},
		{"REVOKE ADMIN OPTION FOR all_reader FROM whole_clone@'%'", "REVOKE UPDATE (`d``)`) ON `one TO two``'\"%`.`t ON (x` FROM whole_clone@'%'", "GRANT PROXY ON all_proxied@'%' TO whole_clone@'%' WITH GRANT OPTION"},
		{"REVOKE GRANT OPTION ON `one TO two``'\"%`.* FROM whole@'%'", "ALTER USER whole@'%' REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 0 PASSWORD EXPIRE DEFAULT", "SET DEFAULT ROLE `all TO 'x'@'%'` FOR whole@'%'"},
		{"REVOKE all_reader FROM whole_clone@'%'", "SET DEFAULT ROLE NONE FOR whole_clone@'%'", "GRANT ALL ON *.* TO whole_clone@'%' WITH GRANT OPTION"},
		{"REVOKE ALL ON *.* FROM whole@'%'", "REVOKE GRANT OPTION ON *.* FROM whole@'%'"},
	} {
		execute(t, change...)
		s.Rotate()
		alike(t, "whole", "whole_clone")
	}
}

// TestRequirements carries what a certificate must be like, which nobody could
// log in with here.
func TestRequirements(t *testing.T) {
	t.Parallel()
	newUser(t, "demand", "right")
	newUser(t, "demand_clone", "right", "WITH MAX_QUERIES_PER_HOUR 3")
	s, err := mysql.MariaDB.Login(t.Context(), credential(server.User, server.Password), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, words := range []string{
		`REQUIRE ISSUER '/O=it''s \\ here' SUBJECT '/CN=x' CIPHER 'AES'`, `REQUIRE X509 ACCOUNT LOCK PASSWORD EXPIRE NEVER`,
		`REQUIRE SSL ACCOUNT UNLOCK`, `REQUIRE NONE WITH MAX_USER_CONNECTIONS 9 PASSWORD EXPIRE DEFAULT`,
	} {
		execute(t, "ALTER USER demand@'%' "+words)
		if err := s.(rotator.Cloner).Level(t.Context(), "demand", "demand_clone"); err != nil {
			t.Error(err)
		}
		alike(t, "demand", "demand_clone")
	}
}

// TestGone meets privileges on what is no more: they are noted, and the
// rotation goes on.
func TestGone(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "gone")
	execute(t, "CREATE DATABASE gone", "CREATE TABLE gone.t (a int)", "CREATE TABLE gone.u (a int, b int)", "GRANT SELECT ON gone.t TO gone@'%'", "GRANT SELECT (b) ON gone.u TO gone@'%'", "GRANT INSERT ON gone.* TO gone@'%'",
		"DROP TABLE gone.t", "ALTER TABLE gone.u DROP COLUMN b")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); strings.Count(notes, "which is no more") != 2 {
		t.Errorf("notes: %s", notes)
	}
	if got := looks(t, "gone_clone", "%"); !strings.Contains(got, "GRANT INSERT ON `gone`.*") {
		t.Errorf("the clone is\n%s", got)
	}
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
}

// TestHosts gives the second user the hosts of the first, and refuses one that
// the first has not.
func TestHosts(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE USER hosts@'127.0.0.%' IDENTIFIED BY 'right'", "CREATE USER hosts@'10.0.0.0/255.0.0.0' IDENTIFIED BY 'other' REQUIRE SSL", "GRANT SELECT ON may.* TO hosts@'127.0.0.%'")
	s := alternating(t, value("hosts", "right"))
	for range 2 {
		s.Rotate()
		user, password := s.Login(secret.Current)
		accepts(t, user, password)
		for _, host := range []string{"127.0.0.%", "10.0.0.0/255.0.0.0"} {
			if x, y := looks(t, "hosts", host), looks(t, "hosts_clone", host); x != y {
				t.Errorf("at %s\n%s\nand\n%s", host, x, y)
			}
		}
	}
	execute(t, "CREATE USER hosts_clone@'%' IDENTIFIED BY 'stale'")
	if err := set(s); err == nil || !strings.Contains(err.Error(), "there is none of \"hosts\" for that host") {
		t.Errorf("an account more: %v", err)
	}
}

// TestPlugin has the second user prove its password as the first does, when
// somebody has changed that.
func TestPlugin(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "plugin")
	s.Rotate()
	user, password := s.Login(secret.Current)
	execute(t, "ALTER USER "+anywhere(user)+" IDENTIFIED VIA ed25519 USING PASSWORD("+literal(password)+")")
	for range 2 {
		s.Rotate()
		user, password = s.Login(secret.Current)
		accepts(t, user, password)
		if got := query(t, "SELECT plugin FROM mysql.user WHERE User = "+literal(user)); got[0] != "ed25519" {
			t.Errorf("%s has %s", user, got)
		}
	}
}

// TestMorePasswords meets a second user that has two: both go.
func TestMorePasswords(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "more")
	s.Rotate()
	s.Rotate()
	execute(t, "ALTER USER more_clone@'%' IDENTIFIED VIA mysql_native_password USING PASSWORD('other') OR ed25519 USING PASSWORD('stale')")
	accepts(t, "more_clone", "stale")
	s.Rotate()
	acceptsCurrent(t, s)
	refuses(t, "more_clone", "stale")
	refuses(t, "more_clone", "other")
}

// TestOwned takes over a user that the secret calls its own: AWS's function made
// it, and left no mark.
func TestOwned(t *testing.T) {
	t.Parallel()
	newUser(t, "owned_clone", "right-2")
	s := pairFor(t, "owned")
	v, err := s.Secrets.GetSecretValue(t.Context(), s.ID, "", secret.Current)
	if err != nil {
		t.Fatal(err)
	}
	arn := rotatortest.Member(v, "masterarn")
	s.Write(with(value("owned_clone", "right-2"), "masterarn", arn))
	s.Write(with(value("owned", "right"), "masterarn", arn))
	s.Rotate()
	acceptsCurrent(t, s)
	alike(t, "owned", "owned_clone")
}

// TestMarked goes back to the original although a person overwrote the version
// that named it: the clone bears the mark of this secret; and so it does when it
// is the clone's turn again.
func TestMarked(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "marked")
	for _, next := range []string{"marked_clone", "marked", "marked_clone"} {
		s.Rotate()
		user, password := s.Login(secret.Current)
		if user != next {
			t.Fatalf("the turn of %s", user)
		}
		v, err := s.Secrets.GetSecretValue(t.Context(), s.ID, "", secret.Current)
		if err != nil {
			t.Fatal(err)
		}
		again := with(value(user, password), "masterarn", rotatortest.Member(v, "masterarn"))
		s.Write(again)
		s.Write(again) // AWSPREVIOUS names the same user now
		s.Guard = &rotatortest.Guard{}
	}
}

// TestTakenIntoUse does what the refusal of a stranger says.
func TestTakenIntoUse(t *testing.T) {
	t.Parallel()
	newUser(t, "taken_clone", "strange")
	s := pairFor(t, "taken")
	err := set(s)
	if err == nil {
		t.Fatal("took over a stranger")
	}
	accepts(t, "taken_clone", "strange")
	_, statement, ok := strings.Cut(err.Error(), "take it into use with ")
	if !ok {
		t.Fatal(err)
	}
	execute(t, statement)
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
	acceptsCurrent(t, s)
}

func acceptsCurrent(t *testing.T, s *rotatortest.Subject) {
	t.Helper()
	user, password := s.Login(secret.Current)
	accepts(t, user, password)
}

// TestLevelOnRetry stops after the password was set, and wants the next attempt
// to look at the privileges all the same.
func TestLevelOnRetry(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "retry")
	for range 2 {
		user, _ := s.Login(secret.Current)
		s.Begin()
		s.Run(secret.CreateSecret, secret.SetSecret)
		execute(t, "GRANT SELECT ON retry.* TO "+anywhere(user))
		s.Run(secret.SetSecret)
		if !strings.Contains(strings.Join(s.Report.Notes, "\n"), "in force already") {
			t.Fatalf("notes: %q", s.Report.Notes)
		}
		alike(t, "retry", "retry_clone")
		s.Run(secret.TestSecret, secret.FinishSecret)
		execute(t, "REVOKE SELECT ON retry.* FROM retry@'%'", "REVOKE SELECT ON retry.* FROM retry_clone@'%'")
	}
}
