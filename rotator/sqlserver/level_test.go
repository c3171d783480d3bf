package sqlserver_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/tdstest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/sqlserver"
	"github.com/alberti-dev/alberti/secret"
)

// every is a permission of each class and state, under hostile names.
var every = []row{
	{state: "W", name: "SELECT", class: "OBJECT", schema: "s]", object: "o'] TO public; --"},
	{state: "G", name: "UPDATE", class: "OBJECT", schema: "dbo", object: "t", column: "c]x"},
	{state: "D", name: "DELETE", class: "OBJECT", schema: "dbo", object: "t"},
	{state: "G", name: "EXECUTE", class: "SCHEMA", object: "s]"},
	{state: "G", name: "CREATE TABLE", class: "DATABASE"},
	{state: "G", name: "IMPERSONATE", class: "USER", object: "other"},
	{state: "G", name: "VIEW DEFINITION", class: "ROLE", object: "r"},
	{state: "G", name: "REFERENCES", class: "TYPE", schema: "dbo", object: "ty"},
	{state: "G", name: "EXECUTE", class: "XML SCHEMA COLLECTION", schema: "dbo", object: "x"},
	{state: "G", name: "SEND", class: "SERVICE", object: "//example.com/s"},
	{state: "G", name: "CONTROL", class: "SYMMETRIC KEY", object: "k"},
}

func (s server) pairFor(t *testing.T, user string) (f func() (rights, clone string)) {
	t.Helper()
	return func() (string, string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		all := func(login string) string {
			out := []string{s.logins[login].rights()}
			for _, name := range []string{"master", "app"} {
				if p := s.databases[name].users[login]; p != nil {
					out = append(out, name+":\n"+p.rights())
				}
			}
			return strings.Join(out, "\n")
		}
		return all(user), all(user + "_clone")
	}
}

// TestLevel wants each of two logins to be what the one in use is, in the server
// and in every database, whichever way rights went.
func TestLevel(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	p := s.newLogin("level", "right-Level-1")
	p.options = map[string]string{"DEFAULT_DATABASE": "a]pp", "DEFAULT_LANGUAGE": "Deutsch", "CHECK_POLICY": "OFF", "CHECK_EXPIRATION": "OFF"}
	p.roles = []string{"processadmin", "my]role"}
	p.permissions = append(p.permissions, row{state: "W", name: "VIEW SERVER STATE", class: "SERVER"}, row{state: "G", name: "CONNECT", class: "ENDPOINT", object: "e]"})
	u := s.newUser("app", "level", "level", false)
	u.options["DEFAULT_SCHEMA"] = "s]"
	u.roles = []string{"db_datareader", "rol]e"}
	u.permissions = append(u.permissions, every...)
	subject := s.alternating(t, s.value("level", "right-Level-1"))
	rights := s.pairFor(t, "level")
	same := func(what string) {
		t.Helper()
		if original, clone := rights(); original != clone {
			t.Errorf("%s: the original has\n%s\nthe clone\n%s", what, original, clone)
		}
	}
	subject.Rotate()
	same("made")

	s.mu.Lock()
	clone := s.databases["app"].users["level_clone"] // in use
	clone.permissions = slices.DeleteFunc(clone.permissions, func(r row) bool { return r.class == "OBJECT" })
	clone.permissions = append(clone.permissions, row{state: "G", name: "INSERT", class: "OBJECT", schema: "dbo", object: "new"})
	clone.roles = []string{"db_datawriter"}
	s.logins["level_clone"].roles = []string{"diskadmin"}
	s.mu.Unlock()
	subject.Rotate()
	same("changed while the clone was in use")
	if original, _ := rights(); strings.Contains(original, "DELETE") || !strings.Contains(original, "db_datawriter") || strings.Contains(original, "processadmin") {
		t.Errorf("the original keeps or lacks:\n%s", original)
	}

	s.mu.Lock()
	s.logins["level_clone"].roles = append(s.logins["level_clone"].roles, "sysadmin") // not in use
	s.databases["master"].users["level_clone"] = &principal{name: "level_clone", sid: s.logins["level_clone"].sid, options: map[string]string{}, permissions: []row{
		{state: "G", name: "CONNECT", class: "DATABASE"}, {state: "W", name: "CONTROL", class: "DATABASE", grantor: "someone"},
	}}
	s.mu.Unlock()
	subject.Rotate()
	if p := s.databases["master"].users["level_clone"]; len(p.permissions) > 0 {
		t.Errorf("in a database that the one in use has no user in, the other has %v", p.permissions)
	}
	delete(s.databases["master"].users, "level_clone")
	same("given to the one that was not in use")
	if len(subject.Report.Notes) > 0 {
		t.Errorf("finishSecret notes %q", subject.Report.Notes)
	}
}

// TestLevelContained is the same for the users of a contained database.
func TestLevelContained(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	u := s.newUser("app", "held", "right-Held-1", true)
	u.options["DEFAULT_LANGUAGE"] = "Deutsch"
	u.roles = []string{"db_datareader"}
	u.permissions = append(u.permissions, every...)
	subject := s.alternating(t, s.value("held", "right-Held-1"))
	users := s.databases["app"].users
	for range 3 {
		subject.Rotate()
		if a, b := users["held"].rights(), users["held_clone"].rights(); a != b {
			t.Errorf("the original has\n%s\nthe clone\n%s", a, b)
		}
		user, _ := subject.Login(secret.Current)
		users[user].permissions = users[user].permissions[:len(users[user].permissions)-2]
		users[user].roles = append(users[user].roles, "for "+user)
	}
	if users["held_clone"].mark != subject.ID {
		t.Errorf("the mark of the clone is %q", users["held_clone"].mark)
	}
}

// TestOwner has the twin of who owns a database be its db_owner, and leaves the
// owner alone at its turn.
func TestOwner(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("owns", "right-Owns-1")
	dbo := s.newUser("app", "dbo", "owns", false)
	dbo.roles = []string{"db_owner"}
	subject := s.alternating(t, s.value("owns", "right-Owns-1"))
	subject.Rotate()
	if clone := s.databases["app"].users["owns_clone"]; clone == nil || !slices.Equal(clone.roles, []string{"db_owner"}) {
		t.Errorf("the clone is %+v", clone)
	}
	subject.Rotate()
	if dbo.rights() != s.databases["app"].users["dbo"].rights() || len(dbo.roles) != 1 {
		t.Errorf("the owner is %+v", dbo)
	}
}

// TestOtherName follows a user that is called otherwise than its login, where
// AWS's template grants to the login's name.
func TestOtherName(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("login", "right-Login-1")
	s.newUser("app", "user", "login", false).roles = []string{"r"}
	subject := s.alternating(t, s.value("login", "right-Login-1"))
	for range 3 {
		subject.Rotate()
	}
	users := s.databases["app"].users
	if len(users) != 2 || users["user_clone"] == nil || users["user_clone"].rights() != users["user"].rights() {
		t.Errorf("users: %v", users)
	}
}

// TestCutOff breaks the connection after each statement that makes a pair, and
// wants the next attempt to finish.
func TestCutOff(t *testing.T) {
	t.Parallel()
	for _, after := range []string{"CREATE LOGIN", "ALTER SERVER ROLE", "GRANT VIEW", "CREATE USER", "ALTER ROLE", "GRANT SELECT", "DENY"} {
		s := start(t, nil)
		p := s.newLogin("cut", "right-Cut-1")
		p.roles = []string{"processadmin"}
		p.permissions = append(p.permissions, row{state: "G", name: "VIEW SERVER STATE", class: "SERVER"})
		u := s.newUser("app", "cut", "cut", false)
		u.roles = []string{"db_datareader"}
		u.permissions = append(u.permissions, every...)
		subject := s.alternating(t, s.value("cut", "right-Cut-1"))
		s.deaf = after
		if err := set(subject); err == nil {
			t.Errorf("cut off after %s: setSecret succeeded", after)
		}
		s.mu.Lock()
		s.deaf = ""
		s.mu.Unlock()
		s.accepts(t, "cut", "right-Cut-1")
		subject.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
		if original, clone := s.pairFor(t, "cut")(); original != clone {
			t.Errorf("cut off after %s: the original has\n%s\nthe clone\n%s", after, original, clone)
		}
		user, password := subject.Login(secret.Current)
		s.accepts(t, user, password)
	}
}

// TestCannotGive wants no rotation to a user that lacks something.
func TestCannotGive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		right row
		fail  string
	}{
		{row{state: "G", name: "SELECT", class: "OBJECT", schema: "dbo", object: "t"}, "GRANT SELECT"},
		{row{state: "G", name: "SELECT", class: "OBJECT"}, ""}, // not to be seen
	} {
		s := start(t, nil)
		s.newLogin("cannot", "right-Cannot-1")
		u := s.newUser("app", "cannot", "cannot", false)
		u.permissions = append(u.permissions, c.right)
		s.fail = func(statement string) []tdstest.Error {
			if c.fail != "" && strings.HasPrefix(statement, c.fail) {
				return []tdstest.Error{{Number: 4613, Message: "Grantor does not have GRANT permission."}}
			}
			return nil
		}
		if err := set(s.alternating(t, s.value("cannot", "right-Cannot-1"))); err == nil || !strings.Contains(err.Error(), "SELECT") {
			t.Errorf("%v", err)
		}
	}
}

// TestNotSeen notes what could not be looked at.
func TestNotSeen(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("seen", "right-Seen-1")
	s.databases["closed"] = &base{users: map[string]*principal{}, noAccess: true}
	s.databases["frozen"] = &base{users: map[string]*principal{}}
	s.newUser("frozen", "seen", "seen", false)
	s.databases["frozen"].readOnly = true
	subject := s.alternating(t, s.value("seen", "right-Seen-1"))
	if err := set(subject); err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(subject.Report.Notes, "\n")
	for _, want := range []string{"cannot enter database closed", "database frozen is read-only"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note of %q: %s", want, notes)
		}
	}
}

// TestOwners lets a user that exists be taken over, or forbids to make one.
func TestOwners(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"login", "contained"} {
		s := start(t, nil)
		session, err := sqlserver.Engine{}.Login(t.Context(), s.credential("sa", "right-Sa-1"), &contract.Report{})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		add := func(user string) {
			if kind == "login" {
				s.newLogin(user, "right-Owner-1")
			} else {
				s.newUser("app", user, "right-Owner-1", true)
			}
		}
		add("one")
		add("one_clone")
		add("two")
		for _, c := range []struct {
			from  string
			owner rotator.Owner
			ok    bool
		}{
			{"one", rotator.Owner{}, false},
			{"one", rotator.Owner{Adopt: true}, true},
			{"one", rotator.Owner{Known: true}, true},
			{"one", rotator.Owner{Existing: true}, true},
			{"two", rotator.Owner{Existing: true}, false},
			{"two", rotator.Owner{}, true},
			{"two", rotator.Owner{}, true},
		} {
			c.owner.SecretARN = "arn:one"
			err := session.(rotator.Cloner).Clone(t.Context(), c.from, c.from+"_clone", secret.Text("new-Owner-1"), c.owner)
			if (err == nil) != c.ok {
				t.Errorf("%s, %s: %+v: %v", kind, c.from, c.owner, err)
			}
		}
		if err := session.(rotator.Cloner).Clone(t.Context(), "two", "two_clone", secret.Text("new-Owner-1"), rotator.Owner{SecretARN: "arn:other"}); err == nil {
			t.Errorf("%s: another secret took it over", kind)
		}
	}
}
