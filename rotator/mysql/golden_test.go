package mysql_test

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/secret"
)

// What MySQL prints, from its manual. No MySQL server could be had here: these
// tests hold which statements it is sent, not what it makes of them.

var salted = regexp.MustCompile(`\$A\$005\$[^']*`)

// wantChanges compares the statements that a fake was sent.
func (f *fake) wantChanges(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, s := range f.changes {
		got = append(got, salted.ReplaceAllString(s, "$$A$$005$$..."))
	}
	if !slices.Equal(got, want) {
		t.Errorf("statements:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// own is what a user reads of itself: without the hash.
func own(plugin string, grants ...string) map[string][][]string {
	return map[string][][]string{
		"SHOW CREATE USER CURRENT_USER()": {{"CREATE USER `app`@`%` IDENTIFIED WITH '" + plugin + "' AS '<secret>' REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"}},
		"SHOW GRANTS FOR 'app'@'%'":       {append([]string{"GRANT USAGE ON *.* TO `app`@`%`"}, grants...)},
	}
}

func TestOwnPassword(t *testing.T) {
	t.Parallel()
	const clear = "SET PASSWORD = 'new''\\\\Password'"
	for _, c := range []struct {
		name string
		fake *fake
		want []string
		note string
	}{
		{"8.0", &fake{version: "8.0.36", rows: own("caching_sha2_password")}, []string{clear}, "a user without CREATE USER"},
		{"9, native", &fake{version: "9.1.0", rows: own("mysql_native_password")}, []string{clear}, "a user without CREATE USER"},
		{"5.7", &fake{version: "5.7.44-log", rows: own("mysql_native_password")}, []string{clear}, "a user without CREATE USER"},
		{
			"an administrator's", &fake{version: "8.4.3", rows: own("caching_sha2_password", "GRANT RELOAD, CREATE USER ON *.* TO `app`@`%` WITH GRANT OPTION")},
			[]string{"ALTER USER 'app'@'%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$...'"}, "",
		},
		{
			"an administrator's, native", &fake{version: "8.0.36", rows: own("mysql_native_password", "GRANT ALL PRIVILEGES ON *.* TO `app`@`%`")},
			[]string{"ALTER USER 'app'@'%' IDENTIFIED WITH 'mysql_native_password' AS '" + nativeHash(t, `new'\Password`) + "'"}, "",
		},
		{
			"REQUIRE CURRENT", &fake{version: "8.0.36", rows: own("caching_sha2_password"), fails: map[string]uint16{"SET PASSWORD": 3892}},
			[]string{clear, clear + " REPLACE 'old-Password'"}, "",
		},
		{"sha256_password", &fake{version: "8.0.36", rows: own("sha256_password")}, []string{clear}, "the server's to make"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, r := c.fake.session(t)
			if err := s.SetPassword(t.Context(), "app", secret.Text(`new'\Password`)); err != nil {
				t.Fatal(err)
			}
			c.fake.wantChanges(t, c.want...)
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, c.note) || strings.Contains(notes, "Password`") {
				t.Errorf("notes: %s", notes)
			}
		})
	}
}

// nativeHash is what a real server stores.
func nativeHash(t *testing.T, password string) string {
	t.Helper()
	return query(t, "SELECT PASSWORD("+literal(password)+")")[0]
}

func TestUnacceptable(t *testing.T) {
	t.Parallel()
	for _, number := range []uint16{1819, 3638} {
		f := &fake{version: "8.0.36", rows: own("caching_sha2_password"), fails: map[string]uint16{"SET PASSWORD": number}}
		s, _ := f.session(t)
		if err := s.SetPassword(t.Context(), "app", secret.Text("new")); !errors.Is(err, contract.ErrUnacceptable) {
			t.Errorf("error %d: %v", number, err)
		}
	}
}

// TestNotUnderstood wants a statement that the server quotes to stay out of the
// error.
func TestNotUnderstood(t *testing.T) {
	t.Parallel()
	f := &fake{version: "8.0.36", rows: own("caching_sha2_password"), fails: map[string]uint16{"SET PASSWORD": 1064}}
	s, _ := f.session(t)
	if err := s.SetPassword(t.Context(), "app", secret.Text("new-Password")); err == nil || strings.Contains(err.Error(), "Pass") {
		t.Errorf("%v", err)
	}
}

// TestOverlap keeps two passwords where the server has it and lets us.
func TestOverlap(t *testing.T) {
	t.Parallel()
	const retain = "SET PASSWORD = 'new' REPLACE 'old-Password' RETAIN CURRENT PASSWORD"
	for _, c := range []struct {
		name string
		fake *fake
		kept bool
		want []string
	}{
		{"8.0.14", &fake{version: "8.0.14"}, true, []string{retain}},
		{"9", &fake{version: "9.1.0"}, true, []string{retain}},
		{"8.0.13", &fake{version: "8.0.13"}, false, nil},
		{"5.7", &fake{version: "5.7.44"}, false, nil},
		{"MariaDB", &fake{version: "11.4.2-MariaDB-log"}, false, nil},
		{"without APPLICATION_PASSWORD_ADMIN", &fake{version: "8.0.36", fails: map[string]uint16{"SET PASSWORD": 1227}}, false, []string{retain}},
		{"not for this plugin", &fake{version: "8.0.36", fails: map[string]uint16{"SET PASSWORD": 3895}}, false, []string{retain}},
		// The login was by the older password of two, and applications read that one.
		{"the older of two", &fake{version: "8.0.36", fails: map[string]uint16{"SET PASSWORD": 3891}}, true, []string{retain, "SET PASSWORD = 'old-Password'", retain}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := c.fake.session(t)
			kept, err := s.(rotator.Overlapper).SetBeside(t.Context(), "app", secret.Text("new"), secret.Text("old-Password"))
			if err != nil || kept != c.kept {
				t.Errorf("kept %v, %v", kept, err)
			}
			c.fake.wantChanges(t, c.want...)
		})
	}
	f := &fake{version: "8.0.36", fails: map[string]uint16{"SET PASSWORD": 1819}}
	s, _ := f.session(t)
	if kept, err := s.(rotator.Overlapper).SetBeside(t.Context(), "app", secret.Text("new"), secret.Text("old-Password")); kept || !errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("an unacceptable password: kept %v, %v", kept, err)
	}
}

// TestOthersPassword is an administrator who sets that of another user.
func TestOthersPassword(t *testing.T) {
	t.Parallel()
	f := &fake{version: "8.0.36", rows: map[string][][]string{
		"SELECT Host FROM mysql.user WHERE User = 'bob' ORDER BY Host":   {{"10.%"}},
		"SELECT Host FROM mysql.user WHERE User = 'two' ORDER BY Host":   {{"%", "10.%"}},
		"SELECT Host FROM mysql.user WHERE User = 'none' ORDER BY Host":  {nil},
		"SELECT Host FROM mysql.user WHERE User = 'cloud' ORDER BY Host": {{"%"}},
		"SHOW CREATE USER 'bob'@'10.%'":                                  {{"CREATE USER `bob`@`10.%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24412430303524 REQUIRE NONE"}},
		"SHOW CREATE USER 'cloud'@'%'":                                   {{"CREATE USER `cloud`@`%` IDENTIFIED WITH 'AWSAuthenticationPlugin' AS 'RDS' REQUIRE SSL"}},
	}}
	s, _ := f.session(t)
	if err := s.SetPassword(t.Context(), "bob", secret.Text("new")); err != nil {
		t.Error(err)
	}
	for user, says := range map[string]string{"two": "has 2 accounts", "none": "does not exist", "cloud": "proves itself by AWSAuthenticationPlugin"} {
		if err := s.SetPassword(t.Context(), user, secret.Text("new")); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", user, err)
		}
	}
	f.wantChanges(t, "ALTER USER 'bob'@'10.%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$...'", "ALTER USER 'bob'@'10.%' DISCARD OLD PASSWORD")
}

// TestExposed meets a server without TLS where there was to be some: it may hear
// of hashes only.
func TestExposed(t *testing.T) {
	t.Parallel()
	for name, told := range map[string]bool{"app": false, "bob": true} {
		f := &fake{version: "8.0.36", rows: own("caching_sha2_password")}
		f.rows["SELECT Host FROM mysql.user WHERE User = 'bob' ORDER BY Host"] = [][]string{{"%"}}
		f.rows["SHOW CREATE USER 'bob'@'%'"] = [][]string{{"CREATE USER `bob`@`%` IDENTIFIED WITH 'caching_sha2_password' AS '<secret>'"}}
		c := f.serve(t)
		c.TLS = rotator.TLSPreferred
		s, err := mysql.MySQL.Login(t.Context(), c, &contract.Report{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if kept, err := s.(rotator.Overlapper).SetBeside(t.Context(), name, secret.Text("new"), c.Password); kept || err != nil {
			t.Errorf("kept %v, %v", kept, err)
		}
		if err := s.SetPassword(t.Context(), name, secret.Text("new")); (err == nil) != told || err != nil && !strings.Contains(err.Error(), "over TLS only") {
			t.Errorf("%s: %v", name, err)
		}
		if all := strings.Join(f.changes, "\n"); strings.Contains(all, "'new'") || told != (len(f.changes) > 0) {
			t.Errorf("%s: %s", name, all)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	const ask = "SHOW GLOBAL VARIABLES WHERE Variable_name LIKE 'validate_password%' OR Variable_name LIKE 'simple_password_check%'"
	for _, c := range []struct {
		rows []string
		want rotator.Rules
	}{
		{nil, rotator.Rules{MaxLength: 256}},
		{
			[]string{"validate_password.check_user_name\x00ON", "validate_password.length\x0012", "validate_password.policy\x00MEDIUM", "validate_password.number_count\x001"},
			rotator.Rules{MinLength: 12, MaxLength: 256, EachType: true},
		},
		{[]string{"validate_password_length\x008", "validate_password_policy\x00LOW", "validate_password_number_count\x001"}, rotator.Rules{MinLength: 8, MaxLength: 256}},
	} {
		f := &fake{version: "8.0.36", rows: map[string][][]string{ask: {c.rows}}}
		s, _ := f.session(t)
		if got, err := s.(rotator.Ruler).Rules(t.Context(), "app"); err != nil || got != c.want {
			t.Errorf("%q: %+v, %v", c.rows, got, err)
		}
	}
}
