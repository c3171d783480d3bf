package mysql_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

const (
	tail  = " PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
	hosts = "SELECT Host FROM mysql.user WHERE User = "
	marks = "SELECT JSON_UNQUOTE(JSON_EXTRACT(ATTRIBUTE, '$.alberti')) FROM information_schema.USER_ATTRIBUTES WHERE USER = "
)

// inUse is a user bob with all that an account can have.
var inUse = map[string][][]string{
	hosts + "'bob' ORDER BY Host": {{"10.%"}},
	"SHOW CREATE USER 'bob'@'10.%'": {{"CREATE USER `bob`@`10.%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24412430303524 DEFAULT ROLE `reader`@`%`,`writer`@`%` " +
		"REQUIRE SUBJECT '/CN=bob''s' WITH MAX_QUERIES_PER_HOUR 90 MAX_USER_CONNECTIONS 5 PASSWORD EXPIRE INTERVAL 90 DAY ACCOUNT UNLOCK PASSWORD HISTORY 5 PASSWORD REUSE INTERVAL DEFAULT " +
		"PASSWORD REQUIRE CURRENT DEFAULT FAILED_LOGIN_ATTEMPTS 3 PASSWORD_LOCK_TIME 2"}},
	"SHOW GRANTS FOR 'bob'@'10.%'": {{
		"GRANT SELECT, RELOAD ON *.* TO `bob`@`10.%`",
		"GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `bob`@`10.%` WITH GRANT OPTION",
		"GRANT ROLE_ADMIN ON *.* TO `bob`@`10.%`",
		"REVOKE SELECT ON `mysql`.* FROM `bob`@`10.%`",
		"GRANT INSERT, UPDATE (`b`, `a,(`) ON `one TO two`.`t` TO `bob`@`10.%` WITH GRANT OPTION",
		"GRANT EXECUTE ON PROCEDURE `one TO two`.`p` TO `bob`@`10.%`",
		"GRANT PROXY ON `carol`@`%` TO `bob`@`10.%` WITH GRANT OPTION",
		"GRANT `reader`@`%` TO `bob`@`10.%`",
		"GRANT `writer`@`%` TO `bob`@`10.%` WITH ADMIN OPTION",
	}},
}

// granted is what the second of two users shows once it is level.
func granted(user string) []string {
	var out []string
	for _, row := range inUse["SHOW GRANTS FOR 'bob'@'10.%'"][0] {
		out = append(out, strings.ReplaceAll(row, "`bob`@", "`"+user+"`@"))
	}
	return out
}

var owner = rotator.Owner{SecretARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it's-a1B2c3"}

const marked = `ATTRIBUTE '{"alberti":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:it''s-a1B2c3"}'`

var digits = regexp.MustCompile("-[0-9a-f]{32}`")

// levelled are the statements that make a bare account what bob is.
var levelled = []string{
	"ALTER USER 'bob_clone'@'10.%' REQUIRE SUBJECT '/CN=bob''s' WITH MAX_QUERIES_PER_HOUR 90 MAX_USER_CONNECTIONS 5 ACCOUNT UNLOCK FAILED_LOGIN_ATTEMPTS 3 " +
		"PASSWORD EXPIRE INTERVAL 90 DAY PASSWORD HISTORY 5 PASSWORD REQUIRE CURRENT DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD_LOCK_TIME 2",
	"GRANT `reader`@`%` TO 'bob_clone'@'10.%'",
	"GRANT `writer`@`%` TO 'bob_clone'@'10.%' WITH ADMIN OPTION",
	"GRANT BACKUP_ADMIN, XA_RECOVER_ADMIN ON *.* TO 'bob_clone'@'10.%' WITH GRANT OPTION",
	"GRANT RELOAD, SELECT ON *.* TO 'bob_clone'@'10.%'",
	"GRANT ROLE_ADMIN ON *.* TO 'bob_clone'@'10.%'",
	"GRANT EXECUTE ON PROCEDURE `one TO two`.`p` TO 'bob_clone'@'10.%'",
	"GRANT PROXY ON `carol`@`%` TO 'bob_clone'@'10.%' WITH GRANT OPTION",
	"GRANT USAGE ON `one TO two`.`t` TO 'bob_clone'@'10.%' WITH GRANT OPTION",
	"GRANT INSERT, UPDATE (`a,(`), UPDATE (`b`) ON `one TO two`.`t` TO 'bob_clone'@'10.%'",
	"REVOKE SELECT ON `mysql`.* FROM 'bob_clone'@'10.%'",
	"ALTER USER 'bob_clone'@'10.%' DEFAULT ROLE `reader`@`%`,`writer`@`%`",
}

func cloneOf(t *testing.T, f *fake, from, to string, o rotator.Owner) error {
	t.Helper()
	s, _ := f.session(t)
	return s.(rotator.Cloner).Clone(t.Context(), from, to, secret.Text("new"), o)
}

// bare is a server with bob and an account that may do nothing.
func bare(version string) *fake {
	f := &fake{version: version, rows: maps.Clone(inUse)}
	f.rows[hosts+"'bob_clone' ORDER BY Host"] = [][]string{nil}
	f.rows["SHOW CREATE USER 'bob_clone'@'10.%'"] = [][]string{{"CREATE USER `bob_clone`@`10.%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24 REQUIRE NONE" + tail}}
	nothing := []string{"GRANT USAGE ON *.* TO `bob_clone`@`10.%`"}
	f.rows["SHOW GRANTS FOR 'bob_clone'@'10.%'"] = [][]string{nothing, nothing, granted("bob_clone")}
	return f
}

func TestCloneMade(t *testing.T) {
	t.Parallel()
	const make = "CREATE USER 'bob_clone'@'10.%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$...'"
	for version, begin := range map[string][]string{
		"8.0.21": {make + " " + marked},
		"9.1.0":  {make + " " + marked},
		"8.0.20": {make, "GRANT SHOW VIEW ON `made-by-alberti-...`.* TO 'bob_clone'@'10.%'"},
	} {
		f := bare(version)
		if err := cloneOf(t, f, "bob", "bob_clone", owner); err != nil {
			t.Fatal(err)
		}
		f.changes[1] = digits.ReplaceAllString(f.changes[1], "-...`")
		f.wantChanges(t, append(begin, levelled...)...)
	}
}

// TestCloneRenewed meets a second user that may do other things than the one in
// use, and has kept an older password.
func TestCloneRenewed(t *testing.T) {
	t.Parallel()
	f := &fake{version: "8.0.36", rows: map[string][][]string{
		hosts + "'bob' ORDER BY Host":       {{"%"}},
		hosts + "'bob_clone' ORDER BY Host": {{"%"}},
		"SHOW CREATE USER 'bob'@'%'":        {{"CREATE USER `bob`@`%` IDENTIFIED WITH 'mysql_native_password' AS '*00' REQUIRE SSL" + tail}},
		"SHOW CREATE USER 'bob_clone'@'%'":  {{"CREATE USER `bob_clone`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24 DEFAULT ROLE `r`@`%` REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 1" + tail + ` ATTRIBUTE '{"alberti": "x"}'`}},
		"SHOW GRANTS FOR 'bob'@'%'": {{
			"GRANT SELECT ON *.* TO `bob`@`%`", "GRANT BACKUP_ADMIN ON *.* TO `bob`@`%`",
			"GRANT ALL PRIVILEGES ON `d`.* TO `bob`@`%`", "GRANT INSERT ON `e`.* TO `bob`@`%`",
		}},
		"SHOW GRANTS FOR 'bob_clone'@'%'": {{
			"GRANT SELECT, SHUTDOWN ON *.* TO `bob_clone`@`%` WITH GRANT OPTION", "GRANT BACKUP_ADMIN ON *.* TO `bob_clone`@`%` WITH GRANT OPTION",
			"REVOKE SELECT ON `mysql`.* FROM `bob_clone`@`%`",
			"GRANT SELECT, INSERT (`a`) ON `d`.* TO `bob_clone`@`%`", "GRANT ALL PRIVILEGES ON `e`.* TO `bob_clone`@`%`", "GRANT `r`@`%` TO `bob_clone`@`%`",
		}, {
			"GRANT SELECT ON *.* TO `bob_clone`@`%`", "REVOKE SELECT ON `mysql`.* FROM `bob_clone`@`%`", "GRANT SELECT ON `d`.* TO `bob_clone`@`%`",
		}, {
			"GRANT SELECT ON *.* TO `bob_clone`@`%`", "GRANT BACKUP_ADMIN ON *.* TO `bob_clone`@`%`",
			"GRANT ALL PRIVILEGES ON `d`.* TO `bob_clone`@`%`", "GRANT INSERT ON `e`.* TO `bob_clone`@`%`",
		}},
	}}
	if err := cloneOf(t, f, "bob", "bob_clone", rotator.Owner{Known: true}); err != nil {
		t.Fatal(err)
	}
	f.wantChanges(t,
		"ALTER USER 'bob_clone'@'%' REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 0 ACCOUNT UNLOCK PASSWORD EXPIRE DEFAULT PASSWORD HISTORY DEFAULT PASSWORD REQUIRE CURRENT DEFAULT PASSWORD REUSE INTERVAL DEFAULT",
		"REVOKE `r`@`%` FROM 'bob_clone'@'%'",
		"REVOKE BACKUP_ADMIN ON *.* FROM 'bob_clone'@'%'", // it may be passed on: it comes back without
		"REVOKE GRANT OPTION ON *.* FROM 'bob_clone'@'%'",
		"REVOKE SHUTDOWN ON *.* FROM 'bob_clone'@'%'",
		"REVOKE INSERT (`a`) ON `d`.* FROM 'bob_clone'@'%'",
		"REVOKE ALL PRIVILEGES ON `e`.* FROM 'bob_clone'@'%'",
		"GRANT BACKUP_ADMIN ON *.* TO 'bob_clone'@'%'",
		"GRANT ALL PRIVILEGES ON `d`.* TO 'bob_clone'@'%'",
		"GRANT INSERT ON `e`.* TO 'bob_clone'@'%'",
		"GRANT SELECT ON `mysql`.* TO 'bob_clone'@'%'",
		"ALTER USER 'bob_clone'@'%' DEFAULT ROLE NONE",
		"ALTER USER 'bob_clone'@'%' IDENTIFIED WITH 'mysql_native_password' AS '"+nativeHash(t, "new")+"'",
		"ALTER USER 'bob_clone'@'%' DISCARD OLD PASSWORD",
	)
}

// TestCloneStranger refuses a user that nothing calls one of the pair, before it
// changes anything.
func TestCloneStranger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mark string
		o    rotator.Owner
		says string
	}{
		{"", owner, "exists, and was not made for this secret: rename it, or take it into use with ALTER USER 'bob_clone'@'10.%' " + marked},
		{"another", owner, "was not made for this secret"},
		{owner.SecretARN, owner, ""},
		{"", rotator.Owner{SecretARN: owner.SecretARN, Known: true}, ""},
		{"", rotator.Owner{SecretARN: owner.SecretARN, Adopt: true}, ""},
		{"", rotator.Owner{SecretARN: owner.SecretARN, Existing: true}, ""},
	} {
		f := bare("8.0.36")
		f.rows[hosts+"'bob_clone' ORDER BY Host"] = [][]string{{"10.%"}}
		f.rows[marks+"'bob' AND HOST = '10.%'"] = [][]string{{""}}
		f.rows[marks+"'bob_clone' AND HOST = '10.%'"] = [][]string{{c.mark}}
		err := cloneOf(t, f, "bob", "bob_clone", c.o)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) || len(f.changes) > 0) {
			t.Errorf("mark %q, %+v: %v\n%s", c.mark, c.o, err, strings.Join(f.changes, "\n"))
		}
	}
	f := bare("8.0.36")
	if err := cloneOf(t, f, "bob", "bob_clone", rotator.Owner{Existing: true}); err == nil || len(f.changes) > 0 {
		t.Errorf("made a user although both were to exist: %v", err)
	}
}
