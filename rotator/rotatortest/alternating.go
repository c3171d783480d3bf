package rotatortest

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// alternating is a secret for a new user, with the secret of its administrator.
func (h Harness) alternating(t *testing.T, e rotator.Engine) *Subject {
	t.Helper()
	user, password := h.newUser(t)
	return h.alternatingFor(t, e, user, password)
}

func (h Harness) alternatingFor(t *testing.T, e rotator.Engine, user, password string) *Subject {
	t.Helper()
	m, value := NewSecrets(), h.Value(user, password)
	value["masterarn"] = h.master(t, m)
	return New(t, m, user, rotator.AlternatingUsers, e, value)
}

// alternatingRotates wants both credentials to work at every moment.
func alternatingRotates(t *testing.T, h Harness) {
	s := h.alternating(t, h.Engine)
	user, password := s.Login(secret.Current)
	clone := user + h.Engine.Traits().CloneMark
	turns := map[string]string{user: clone, clone: user}
	for range 4 {
		s.Begin()
		for _, step := range Steps {
			s.Run(step)
			h.accepts(t, user, password)
		}
		if err := s.Secrets.Finish(s.ID, s.Token); err != nil {
			t.Fatal(err)
		}
		next, nextPassword := s.Login(secret.Current)
		if next != turns[user] || nextPassword == password {
			t.Fatalf("after %s it is the turn of %s, with a new password: %v", user, next, nextPassword != password)
		}
		h.accepts(t, next, nextPassword)
		user, password = next, nextPassword
	}
}

func alternatingResumes(t *testing.T, h Harness) {
	for done := range Steps {
		s := h.alternating(t, h.Engine)
		user, password := s.Login(secret.Current)
		s.Begin()
		s.Run(Steps[:done+1]...)
		s.Run(Steps...)
		h.accepts(t, user, password)
		other, password := s.Login(secret.Current)
		if other == user {
			t.Errorf("cut off after %s: it is still the turn of %s", Steps[done], user)
		}
		h.accepts(t, other, password)
	}
}

// alternatingAnswerLost loses the administrator's connection after the change.
func alternatingAnswerLost(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine}
	e.after = func(string) error { return errLost }
	s := h.alternating(t, e)
	user, password := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil {
		t.Error("setSecret succeeded without an answer")
	}
	h.accepts(t, user, password)
	e.after = nil
	s.Run(Steps...)
	h.accepts(t, user, password)
	other, password := s.Login(secret.Current)
	h.accepts(t, other, password)
}

// alternatingStranger meets a user of the clone's name that was there before:
// it may be anybody's.
func alternatingStranger(t *testing.T, h Harness) {
	user, password := h.newUser(t)
	mark := h.Engine.Traits().CloneMark
	for _, c := range []struct{ user, stranger string }{
		{user, user + mark},
		{"own" + user + mark, "own" + user}, // a user that is really called that
	} {
		if c.user != user {
			h.User(t, c.user, password)
		}
		h.User(t, c.stranger, "stranger-Password-1")
		s := h.alternatingFor(t, h.Engine, c.user, password)
		s.Begin()
		s.Run(secret.CreateSecret)
		if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), c.stranger) {
			t.Errorf("a secret of %s took over %s: %v", c.user, c.stranger, err)
		}
		h.accepts(t, c.stranger, "stranger-Password-1")
		h.accepts(t, c.user, password)
	}
}

// alternatingAnotherServer names an administrator of another server: neither
// may hear of the other.
func alternatingAnotherServer(t *testing.T, h Harness) {
	for _, key := range []string{"host", "port"} {
		e := &watched{Engine: h.Engine}
		s := h.alternating(t, e)
		master := h.Value(h.Admin, h.AdminPassword)
		master[key] = map[string]any{"host": "elsewhere.invalid", "port": 1}[key]
		id, err := s.Secrets.Add("another master", text(t, master))
		if err != nil {
			t.Fatal(err)
		}
		user, password := s.Login(secret.Current)
		value := h.Value(user, password)
		value["masterarn"] = id
		s.Write(value)
		s.Begin()
		s.Run(secret.CreateSecret)
		err = s.Step(secret.SetSecret)
		if err == nil || !strings.Contains(err.Error(), "is not the same host as/rds replica of master") {
			t.Errorf("setSecret with a master of another %s: %v", key, err)
		}
		for _, login := range e.logins {
			if login.Username == h.Admin {
				t.Errorf("the administrator of another %s logged in at %s", key, login.Host)
			}
		}
	}
}
