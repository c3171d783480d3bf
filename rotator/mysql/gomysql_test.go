package mysql_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/internal/mysqltest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// goMySQL is a go-mysql-server, which says that it is MySQL 8.0.31, and its
// administrator.
type goMySQL struct {
	*mysqltest.Server
	admin *sql.DB
}

func TestGoMySQL(t *testing.T) {
	t.Parallel()
	s, err := mysqltest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	g := goMySQL{s, s.Open(s.User, s.Password)}
	defer g.admin.Close()
	t.Run("logins", g.testLogins)
	t.Run("test", g.testTest)
	t.Run("rules", g.testRules)
	t.Run("hashes", g.testHashes)
	t.Run("accounts", g.testAccounts)
	t.Run("rotation", g.testRotation)
	t.Run("lacks", g.testLacks)
}

func (g goMySQL) execute(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := g.admin.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func (g goMySQL) value(user, password string) map[string]any {
	return map[string]any{
		"engine": "mysql", "host": g.Host, "port": g.Port, "username": user, "password": password, "ssl": false,
	}
}

// login logs in by a secret's value, as the functions for MySQL do.
func (g goMySQL) login(t *testing.T, v map[string]any) (rotator.Session, error) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rotator.ParseCredential(secret.Text(string(text)), mysql.MySQL.Traits())
	if err != nil {
		t.Fatal(err)
	}
	return mysql.MySQL.Login(t.Context(), c, &contract.Report{})
}

func (g goMySQL) reason(t *testing.T, v map[string]any) (rotator.Reason, error) {
	t.Helper()
	s, err := g.login(t, v)
	if err == nil {
		return "", errors.Join(s.Test(t.Context(), ""), s.Close())
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason, err
}

// testLogins tells failures of a login from each other.
func (g goMySQL) testLogins(t *testing.T) {
	g.execute(t, "CREATE USER logins@'%' IDENTIFIED BY 'right'", "CREATE USER logins_sha2@'%' IDENTIFIED WITH 'caching_sha2_password' BY 'right'")
	over := func(v map[string]any) map[string]any {
		return with(with(v, "ssl", true), "sslrootcert", string(g.CA))
	}
	for _, c := range []struct {
		name  string
		value map[string]any
		want  rotator.Reason
		says  string
	}{
		{"right", g.value("logins", "right"), "", ""},
		{"wrong password", g.value("logins", "wrong"), rotator.Refused, "1045"},
		{"a database", with(g.value(g.User, g.Password), "dbname", "app"), "", ""},
		{"no such database", with(g.value(g.User, g.Password), "dbname", "none"), rotator.NoDatabase, "1049"},
		{"TLS", over(g.value("logins", "right")), "", ""},
		{"TLS, wrong password", over(g.value("logins", "wrong")), rotator.Refused, "1045"},
		{"TLS, nobody vouches", with(g.value("logins", "right"), "ssl", true), rotator.TLSFailed, "certificate"},
		{"caching_sha2_password", over(g.value("logins_sha2", "right")), "", ""},
		{"caching_sha2_password, wrong password", over(g.value("logins_sha2", "wrong")), rotator.Refused, "1045"},
		// MySQL says 1045 to the first, offers its key to the second, and says 1044 to the third.
		{"no such user", g.value("nobody", "right"), rotator.Broken, "2012"},
		{"caching_sha2_password without TLS", g.value("logins_sha2", "right"), rotator.Broken, "2012"},
		{"another's database", with(g.value("logins", "right"), "dbname", "app"), rotator.Broken, "1105"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if reason, err := g.reason(t, c.value); reason != c.want || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
		})
	}
}

// testTest runs the statement of a secret's owner.
func (g goMySQL) testTest(t *testing.T) {
	g.execute(t, "CREATE USER tester@'%' IDENTIFIED BY 'right'", "CREATE TABLE app.mine (a int)", "CREATE TABLE app.theirs (a int)", "GRANT SELECT ON app.mine TO tester@'%'")
	s, err := g.login(t, g.value("tester", "right"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for statement, works := range map[string]bool{"": true, "SELECT a FROM app.mine": true, "SELECT a FROM app.theirs": false, "SELECT a FROM app.none": false, "SELEC": false} {
		if err := s.Test(t.Context(), statement); (err == nil) != works || err != nil && !strings.HasPrefix(err.Error(), statement+": ") {
			t.Errorf("%q: %v", statement, err)
		}
	}
}

// testRules reads what passwords must be like, under MySQL's own names.
func (g goMySQL) testRules(t *testing.T) {
	g.execute(t, "CREATE USER ruled@'%' IDENTIFIED BY 'right'")
	s, err := g.login(t, g.value("ruled", "right"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rules, err := s.(rotator.Ruler).Rules(t.Context(), "ruled")
	if want := (rotator.Rules{MinLength: 8, MaxLength: 256, EachType: true}); err != nil || rules != want {
		t.Errorf("%+v, %v, want %+v", rules, err, want)
	}
}

// testHashes has somebody else's implementation take the hashes that we
// make in the server's place, and then check logins against them.
func (g goMySQL) testHashes(t *testing.T) {
	for _, plugin := range []string{"mysql_native_password", "caching_sha2_password"} {
		user := plugin[:7]
		g.execute(t, "CREATE USER "+anywhere(user)+" IDENTIFIED WITH "+literal(plugin)+" BY 'old'")
		old := "old"
		for _, password := range []string{`it's`, `back\slash\`, every(), strings.Repeat("long", 50)} {
			stored, _ := mysql.Hash(plugin, secret.Text(password))
			g.execute(t, "ALTER USER "+anywhere(user)+" IDENTIFIED WITH "+literal(plugin)+" AS "+literal(stored))
			for try, want := range map[string]rotator.Reason{password: "", old: rotator.Refused} {
				v := with(with(g.value(user, try), "ssl", true), "sslrootcert", string(g.CA))
				if reason, err := g.reason(t, v); reason != want || want == "" && err != nil {
					t.Errorf("%s, %q: %q, %v, want %q", plugin, try, reason, err, want)
				}
			}
			old = password
		}
	}
}

// testAccounts finds accounts and reads privileges as the server prints them.
func (g goMySQL) testAccounts(t *testing.T) {
	g.execute(t, "CREATE USER twice@'%' IDENTIFIED BY 'right'", "CREATE USER twice@localhost IDENTIFIED BY 'right'", "CREATE USER once@'%' IDENTIFIED BY 'right'",
		"GRANT SELECT, CREATE USER ON *.* TO once@'%' WITH GRANT OPTION", "GRANT INSERT ON `app`.* TO once@'%'", "GRANT UPDATE ON app.theirs TO once@'%'")
	s, err := g.login(t, g.value(g.User, g.Password))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for user, says := range map[string]string{"nobody": "does not exist", "twice": "has 2 accounts", "once": "reading account 'once'@'%'"} {
		if err := s.SetPassword(t.Context(), user, secret.Text("new")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", user, err, says)
		}
	}
	rows, err := g.admin.Query("SHOW GRANTS FOR once@'%'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	read := 0
	for ; rows.Next(); read++ {
		var row string
		if err := errors.Join(rows.Scan(&row), mysql.Grant(row)); err != nil {
			t.Errorf("%s: %v", row, err)
		}
	}
	if read != 3 || rows.Err() != nil {
		t.Errorf("%d rows, %v", read, rows.Err())
	}
}

// testRotation meets a server that can be told a password in no way that the
// engine knows: rotations fail, say by what, and nothing changes.
func (g goMySQL) testRotation(t *testing.T) {
	g.execute(t, "CREATE USER rotated@'%' IDENTIFIED BY 'right'")
	m := rotatortest.NewSecrets()
	v := g.value("rotated", "right")
	master := rotatortest.New(t, m, "master", rotator.SingleUser, mysql.MySQL, g.value(g.User, g.Password))
	for says, s := range map[string]*rotatortest.Subject{
		"did not take the statement that sets the password (error 1105": rotatortest.New(t, m, "single", rotator.SingleUser, mysql.MySQL, v),
		"reading account 'rotated'@'%': Error 1105":                     rotatortest.New(t, m, "pair", rotator.AlternatingUsers, mysql.MySQL, with(v, "masterarn", master.ID)),
	} {
		if err := set(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("setSecret: %v, want %q", err, says)
		}
		if err := s.Step(secret.TestSecret); err == nil {
			t.Error("a password that was not set passed the test")
		}
		if _, password := s.Login(secret.Current); password != "right" {
			t.Errorf("AWSCURRENT is %q", password)
		}
	}
	if reason, err := g.reason(t, v); err != nil {
		t.Errorf("the old password: %q, %v", reason, err)
	}
	var users int
	if err := g.admin.QueryRow("SELECT COUNT(*) FROM mysql.user WHERE User LIKE 'rotated%'").Scan(&users); err != nil || users != 1 {
		t.Errorf("%d users, %v", users, err)
	}
}

// testLacks holds what doc/engines/mysql.md says that the server lacks. Where
// this fails, the server has learned it, and the tests above can do more.
func (g goMySQL) testLacks(t *testing.T) {
	g.execute(t, "CREATE USER lacking@'%' IDENTIFIED BY 'right'")
	for statement, says := range map[string]string{
		"SHOW CREATE USER CURRENT_USER()":                              "near 'USER'",
		"SET PASSWORD = 'new'":                                         `column "PASSWORD" could not be found`,
		"SET PASSWORD FOR lacking@'%' = 'new'":                         "near 'FOR'",
		"SET PASSWORD = 'new' REPLACE 'right' RETAIN CURRENT PASSWORD": "near 'REPLACE'",
		"ALTER USER lacking@'%' DISCARD OLD PASSWORD":                  "near 'DISCARD'",
		"ALTER USER lacking@'%' ATTRIBUTE '{\"a\": \"b\"}'":            "near 'ATTRIBUTE'",
		"ALTER USER lacking@'%' ACCOUNT LOCK":                          "near 'ACCOUNT'",
		"ALTER USER lacking@'%' PASSWORD EXPIRE":                       "near 'PASSWORD'",
	} {
		_, err := g.admin.Exec(statement)
		var answer *driver.MySQLError
		if !errors.As(err, &answer) || answer.Number != 1105 || !strings.Contains(answer.Message, says) {
			t.Errorf("%s: %v", statement, err)
		}
	}
}
