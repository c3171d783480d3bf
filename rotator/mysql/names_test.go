package mysql_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// every printable character, those of ASCII that are not, and some more.
func every() string {
	var all strings.Builder
	for c := byte(1); c < 128; c++ {
		all.WriteByte(c)
	}
	return all.String() + "äß€\u00a0語🔑"
}

var hostile = []string{
	`it's`, `back\slash\`, `quo"te`, "tick`s`", `%_%`, `x' IDENTIFIED BY 'y`, "a TO `b`@`%`", `-- x`, `/* x */`, "new\nline\tand tab", " around ", "ünï語",
}

// TestNames rotates users of hostile names, alone and in pairs.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, user := range hostile {
		newUser(t, user, "right")
		s := single(t, value(user, "right"))
		s.Rotate()
		_, password := s.Login(secret.Current)
		accepts(t, user, password)

		newUser(t, "pair "+user, "right")
		s = alternating(t, value("pair "+user, "right"))
		for range 3 {
			s.Rotate()
			now, password := s.Login(secret.Current)
			accepts(t, now, password)
		}
	}
}

// TestPasswords sets hostile passwords, as hashes, for every plugin that the
// server has.
func TestPasswords(t *testing.T) {
	t.Parallel()
	passwords := append(slices.Clone(hostile), every(), strings.Repeat("long", 100))
	for plugin, user := range map[string]string{"mysql_native_password": "passwords", "ed25519": "passwords_ed25519"} {
		execute(t, "CREATE USER "+anywhere(user)+" IDENTIFIED VIA "+plugin+" USING PASSWORD('right')")
		old := "right"
		for _, password := range passwords {
			c := credential(user, old)
			s, err := mysql.MariaDB.Login(t.Context(), c, &contract.Report{})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.SetPassword(t.Context(), user, secret.Text(password)), s.Close()); err != nil {
				t.Fatalf("%q: %v", password, err)
			}
			accepts(t, user, password)
			refuses(t, user, old)
			old = password
		}
		if got := query(t, "SELECT plugin FROM mysql.user WHERE User = "+literal(user)); !slices.Equal(got, []string{plugin}) {
			t.Errorf("the plugin is now %q", got)
		}
	}
}

// TestAdministratorSets gives users passwords as an administrator does who is
// the last resort.
func TestAdministratorSets(t *testing.T) {
	t.Parallel()
	newUser(t, "resort", "right")
	execute(t, "CREATE USER resort_socket@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('right')",
		"CREATE USER resort_two@'%' IDENTIFIED VIA ed25519 USING PASSWORD('right') OR mysql_native_password USING PASSWORD('right')",
		"CREATE USER resort_twice@'%' IDENTIFIED BY 'right'", "CREATE USER resort_twice@'10.%' IDENTIFIED BY 'right'",
		"CREATE USER resort_none@'%'")
	s, err := mysql.MariaDB.Login(t.Context(), credential(server.User, server.Password), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for user, says := range map[string]string{
		"resort": "", "resort_none": "", "resort_socket": "comes first", "resort_two": "more passwords than one", "resort_twice": "has 2 accounts", "resort_nobody": "does not exist",
	} {
		err := s.SetPassword(t.Context(), user, secret.Text("new"))
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("%s: %v", user, err)
		}
		if says == "" {
			accepts(t, user, "new")
		}
	}
}

// TestDropped wants a GRANT to a user who was dropped meanwhile to make nobody,
// whatever the server's settings are.
func TestDropped(t *testing.T) {
	t.Parallel()
	s, err := mysql.MariaDB.Login(t.Context(), credential(server.User, server.Password), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	newUser(t, "dropped", "right")
	if err := errors.Join(s.Test(t.Context(), "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'"), s.SetPassword(t.Context(), "dropped", secret.Text("new"))); err != nil {
		t.Fatal(err)
	}
	if err := s.Test(t.Context(), "GRANT USAGE ON *.* TO dropped_clone@'%'"); err == nil || !strings.Contains(err.Error(), "1133") {
		t.Errorf("a grant to nobody: %v", err)
	}
}

// TestOwnRow changes the row that let the user in, and no other of its name.
func TestOwnRow(t *testing.T) {
	t.Parallel()
	execute(t, "CREATE USER several@'127.0.0.1' IDENTIFIED BY 'right'", "CREATE USER several@'10.%' IDENTIFIED BY 'other'", "CREATE USER several@'%' IDENTIFIED BY 'third'")
	before := query(t, "SELECT authentication_string FROM mysql.user WHERE User = 'several' AND Host <> '127.0.0.1' ORDER BY Host")
	s := single(t, value("several", "right"))
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "several", password)
	if after := query(t, "SELECT authentication_string FROM mysql.user WHERE User = 'several' AND Host <> '127.0.0.1' ORDER BY Host"); !slices.Equal(before, after) {
		t.Error("the password of another row was changed")
	}
}

// TestStatement runs the statement of a secret's owner as applications do: with
// the server's settings, and only to see whether it succeeds.
func TestStatement(t *testing.T) {
	t.Parallel()
	newUser(t, "statement", "right")
	s, err := mysql.MariaDB.Login(t.Context(), credential("statement", "right"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for statement, works := range map[string]bool{
		"": true, "SELECT 1 UNION SELECT 2": true, "DO 1": true, "SET @a = 1": true, "SELECT * FROM mysql.user": false, "nonsense": false,
		"SELECT 1/0 FROM information_schema.CHARACTER_SETS WHERE @@sql_mode = ''": true,
	} {
		if err := s.Test(t.Context(), statement); (err == nil) != works {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestAuroraName takes the engine names that AWS gives, and no others.
// TestOneAccount has two secrets for one user, one of which calls the server a
// MySQL: a runner must see that they are for one account.
func TestOneAccount(t *testing.T) {
	t.Parallel()
	newUser(t, "two_names", "first-1")
	var claimed []contract.Target
	password := "first-1"
	for name, engine := range map[string]rotator.Engine{"mariadb": mysql.MariaDB, "mysql": mysql.MySQL} {
		s := rotatortest.New(t, rotatortest.NewSecrets(), name, rotator.SingleUser, engine, with(value("two_names", password), "engine", name))
		s.Begin()
		s.Run(secret.CreateSecret, secret.SetSecret)
		_, password = s.Login(secret.Pending)
		claimed = append(claimed, s.Guard.Claimed[0])
	}
	if claimed[0] != claimed[1] {
		t.Errorf("one account was claimed as %q", claimed)
	}
}

func TestAuroraName(t *testing.T) {
	for e, names := range map[*mysql.Engine][]string{&mysql.MySQL: {"mysql", "aurora-mysql"}, &mysql.MariaDB: {"mariadb"}} {
		if got := e.Traits(); !slices.Equal(got.Names, names) || got.Port != 3306 {
			t.Errorf("%+v", got)
		}
	}
	var _ rotator.Engine = mysql.MySQL
}
