package oracle_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// every is a right of each kind, under hostile names.
func every(u *user) {
	u.options = map[string]string{"PROFILE": "my profile", "DEFAULT TABLESPACE": "O'DATA", "TEMPORARY TABLESPACE": "TEMP2"}
	u.quotas = map[string]string{"O'DATA": "UNLIMITED", "USERS": "1048576"}
	u.grants = map[string]grant{
		"CREATE SESSION":                    {},
		"CREATE ANY TABLE":                  {" WITH ADMIN OPTION"},
		`"APP_READ`:                         {},
		`"App Admin`:                        {" WITH ADMIN OPTION"},
		`SELECT ON "o's . "T -- x`:          {" WITH GRANT OPTION"},
		`SELECT ON "OWNER . "VIEW`:          {" WITH HIERARCHY OPTION WITH GRANT OPTION"},
		`READ ON DIRECTORY "dir`:            {},
		`INHERIT PRIVILEGES ON USER "OTHER`: {},
		`UPDATE ( "a b ) ON "OWNER . "T`:    {},
		`UPDATE ( "C ) ON "OWNER . "T`:      {" WITH GRANT OPTION"},
	}
	u.initial = []string{"APP_READ"}
	u.proxies = map[string]bool{"MIDDLE": true}
}

func (f *fake) same(t *testing.T, a, b, what string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users[a].rights() != f.users[b].rights() {
		t.Errorf("%s: %s has\n%s\n%s has\n%s", what, a, f.users[a].rights(), b, f.users[b].rights())
	}
}

// TestLevel wants each of two users to be what the one in use is, whichever way
// rights went.
func TestLevel(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.add("middle", "x")
	every(f.add("level", "Right-Level-1"))
	s := f.alternating(t, value("level", "Right-Level-1"))
	s.Rotate()
	f.same(t, "LEVEL", "LEVEL_CLONE", "made")

	clone := f.users["LEVEL_CLONE"] // in use
	delete(clone.grants, `UPDATE ( "C ) ON "OWNER . "T`)
	delete(clone.grants, "CREATE ANY TABLE")
	clone.grants[`"NEW`], clone.grants["ALTER SESSION"] = grant{}, grant{}
	clone.grants[`"APP_READ`] = grant{" WITH ADMIN OPTION"}
	delete(clone.quotas, "USERS")
	clone.proxies = map[string]bool{}
	s.Rotate()
	f.same(t, "LEVEL", "LEVEL_CLONE", "changed while the clone was in use")
	if rights := f.users["LEVEL"].rights(); strings.Contains(rights, "CREATE ANY TABLE") || strings.Contains(rights, `"C )`) ||
		!strings.Contains(rights, `"a b )`) || !strings.Contains(rights, `"NEW`) || strings.Contains(rights, "1048576") {
		t.Errorf("the original has\n%s", rights)
	}

	clone.grants["DBA"] = grant{} // not in use
	clone.initial = nil
	s.Rotate()
	f.same(t, "LEVEL", "LEVEL_CLONE", "given to the one that was not in use")
	if len(s.Report.Notes) > 0 {
		t.Errorf("finishSecret notes %q", s.Report.Notes)
	}
}

// TestCutOff breaks the connection after each statement that makes a pair, and
// wants the next attempt to finish.
func TestCutOff(t *testing.T) {
	t.Parallel()
	for _, after := range []string{
		"CREATE USER", "CREATE OR REPLACE SYNONYM", "ALTER USER \"CUT_CLONE\" DEFAULT TABLESPACE", "ALTER USER \"CUT_CLONE\" QUOTA", "GRANT \"APP_READ\"",
		"GRANT CREATE SESSION", "GRANT SELECT", "GRANT UPDATE", "ALTER USER \"CUT_CLONE\" DEFAULT ROLE", "ALTER USER \"CUT_CLONE\" GRANT CONNECT",
		"ALTER USER \"CUT_CLONE\" IDENTIFIED BY",
	} {
		f := newFake()
		every(f.add("cut", "Right-Cut-1"))
		f.add("middle", "x")
		s := f.alternating(t, value("cut", "Right-Cut-1"))
		f.deaf = after
		if err := set(s); err == nil {
			t.Errorf("cut off after %s: setSecret succeeded", after)
		}
		f.deaf = ""
		f.accepts(t, "cut", "Right-Cut-1")
		s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
		f.same(t, "CUT", "CUT_CLONE", "cut off after "+after)
		user, password := s.Login(secret.Current)
		f.accepts(t, user, password)
		if user != "cut_CLONE" {
			t.Errorf("the turn of %s", user)
		}
	}
}

// TestCannotGive wants no rotation to a user that lacks something.
func TestCannotGive(t *testing.T) {
	t.Parallel()
	f := newFake()
	every(f.add("cannot", "Right-Cannot-1"))
	f.fail = func(statement string) error {
		if strings.HasPrefix(statement, "GRANT SELECT") {
			return ora(1031)
		}
		return nil
	}
	if err := set(f.alternating(t, value("cannot", "Right-Cannot-1"))); err == nil || !strings.Contains(err.Error(), "GRANT SELECT") {
		t.Errorf("%v", err)
	}
}

// TestOwners lets a user that exists be taken over, or forbids to make one.
func TestOwners(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.add("one", "x")
	f.add("one_CLONE", "x")
	f.add("two", "x")
	session, err := f.engine().Login(t.Context(), credential("system", "Right-System-1"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, c := range []struct {
		from, arn string
		owner     rotator.Owner
		ok        bool
	}{
		{"one", "arn:one", rotator.Owner{}, false},
		{"one", "arn:one", rotator.Owner{Adopt: true}, true},
		{"one", "arn:one", rotator.Owner{Known: true}, true},
		{"one", "arn:one", rotator.Owner{Existing: true}, true},
		{"two", "arn:two", rotator.Owner{Existing: true}, false},
		{"two", "arn:two", rotator.Owner{}, true},
		{"two", "arn:two", rotator.Owner{}, true},
		{"two", "arn:other", rotator.Owner{}, false},
	} {
		c.owner.SecretARN = c.arn
		password := secret.Text("New-" + rotatorText())
		if err := session.(rotator.Cloner).Clone(t.Context(), c.from, c.from+"_CLONE", password, c.owner); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
