// Package rotatortest is the suite that every engine passes, against a real
// server: both strategies, each step run twice, and a rotation cut off wherever
// it can be.
package rotatortest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Harness is what the suite needs of a server.
type Harness struct {
	Engine rotator.Engine

	// Value is a secret's value for a user of the server.
	Value func(user, password string) map[string]any

	// User makes a user.
	User func(t testing.TB, user, password string)

	// Login logs in to the server, past the engine.
	Login func(t testing.TB, user, password string) error

	// Reset gives a user a password, as a target restored from a backup does.
	Reset func(t testing.TB, user, password string)

	// Drop breaks a user's connections.
	Drop func(t testing.TB, user string)

	// Admin and AdminPassword are who makes users, for alternating users.
	Admin, AdminPassword string

	// ByAdmin tells that users may not change their own passwords.
	ByAdmin bool

	// Overlap tells that the old password stays in force until the next rotation.
	Overlap bool

	// NotInPasswords and NotInNames are characters that no password, no user's name
	// can have there; with ASCIIOnly, no password has any other than ASCII's.
	NotInPasswords, NotInNames string
	ASCIIOnly                  bool

	// Names are names for users that are hard to quote, beside the usual ones.
	Names []string

	// OtherNames are what a secret may call a user as well; nil where each user has
	// one name.
	OtherNames func(user string) []string

	// Lock locks a user's account, Expire its password, Limit leaves it no further
	// connection; nil where a server has no such thing.
	Lock, Expire, Limit func(t testing.TB, user string)

	// Grant and Revoke give and take one of two privileges, 0 and 1, Can tells whether a user has it in force; nil where a server has none.
	Grant, Revoke func(t testing.TB, user string, privilege int)
	Can           func(t testing.TB, user, password string, privilege int) bool
}

// Run runs the suite.
func Run(t *testing.T, h Harness) {
	h.run(t, "single user/", map[string]func(*testing.T, Harness){
		"rotate":            singleRotates,
		"resume":            singleResumes,
		"connection lost":   singleConnectionLost,
		"answer lost":       singleAnswerLost,
		"previous in force": singlePrevious,
		"no login works":    singleNoLogin,
		"another account":   singleAnotherAccount,
		"same account":      singleSameAccount,
		"label taken off":   singleLabelTakenOff,
		"store restored":    singleStoreRestored,
		"target restored":   singleTargetRestored,
		"unacceptable":      singleUnacceptable,
		"failed test":       singleFailedTest,
		"rescue":            singleRescue,
		"hostile names":     singleHostileNames,
		"hostile passwords": singleHostilePasswords,
		"locked":            singleLocked,
		"expired":           singleExpired,
		"limit":             singleLimit,
	})
	if h.Engine.Traits().CloneMark != "" { // it has alternating users
		h.run(t, "alternating users/", map[string]func(*testing.T, Harness){
			"rotate":         alternatingRotates,
			"resume":         alternatingResumes,
			"answer lost":    alternatingAnswerLost,
			"stranger":       alternatingStranger,
			"another server": alternatingAnotherServer,
			"another master": alternatingAnotherMaster,
			"store restored": alternatingStoreRestored,
			"hostile names":  alternatingHostileNames,
			"pair":           alternatingPair,
			"drift":          alternatingDrift,
		})
	}
}

func (h Harness) run(t *testing.T, strategy string, tests map[string]func(*testing.T, Harness)) {
	for name, test := range tests {
		t.Run(strategy+name, func(t *testing.T) {
			if !h.ByAdmin || !drops[name] {
				t.Parallel()
			}
			test(t, h)
		})
	}
}

// drops are the tests that break connections. Where the administrator makes the
// changes, those of all tests would break.
var drops = map[string]bool{"connection lost": true, "answer lost": true}

var users atomic.Int64

// newUser makes a user of a name that no other test has.
func (h Harness) newUser(t *testing.T) (user, password string) {
	t.Helper()
	n := users.Add(1)
	user, password = fmt.Sprintf("suite%d", n), fmt.Sprintf("first-Password-%d", n)
	h.User(t, user, password)
	return user, password
}

func (h Harness) accepts(t *testing.T, user, password string) {
	t.Helper()
	if err := h.Login(t, user, password); err != nil {
		t.Errorf("%s cannot log in: %v", user, err)
	}
}

func (h Harness) refuses(t *testing.T, user, password string) {
	t.Helper()
	if h.Login(t, user, password) == nil {
		t.Errorf("%s logs in with a password that is out of force", user)
	}
}

// retired checks the password from before a rotation.
func (h Harness) retired(t *testing.T, user, password string) {
	t.Helper()
	if h.Overlap {
		h.accepts(t, user, password)
		return
	}
	h.refuses(t, user, password)
}

// single is a secret for a new user.
func (h Harness) single(t *testing.T, e rotator.Engine) *Subject {
	t.Helper()
	user, password := h.newUser(t)
	return h.singleFor(t, e, user, password)
}

// singleFor is a secret for a user, with the secret of its administrator where
// that one has to do it.
func (h Harness) singleFor(t *testing.T, e rotator.Engine, user, password string) *Subject {
	t.Helper()
	m, value := NewSecrets(), h.Value(user, password)
	if h.ByAdmin {
		value["masterarn"] = h.master(t, m)
	}
	return New(t, m, user, rotator.SingleUser, e, value)
}

// master adds the secret of the administrator.
func (h Harness) master(t *testing.T, m *Secrets) (arn string) {
	t.Helper()
	arn, err := m.Add("master", text(t, h.Value(h.Admin, h.AdminPassword)))
	if err != nil {
		t.Fatal(err)
	}
	return arn
}

func singleRotates(t *testing.T, h Harness) {
	s := h.single(t, h.Engine)
	for range 3 {
		user, old := s.Login(secret.Current)
		s.Begin()
		s.Run(secret.CreateSecret)
		h.accepts(t, user, old)
		if err := s.Step(secret.SetSecret); err != nil || s.Report.Changed.IsZero() != h.Overlap {
			t.Fatalf("setSecret: %v, changed at %v", err, s.Report.Changed)
		}
		if err := s.Step(secret.SetSecret); err != nil || !s.Report.Changed.IsZero() {
			t.Fatalf("setSecret again: %v, changed at %v", err, s.Report.Changed)
		}
		s.Run(secret.TestSecret, secret.FinishSecret)
		if err := s.Secrets.Finish(s.ID, s.Token); err != nil {
			t.Fatal(err)
		}
		h.rotated(t, s, user, old)
	}
}

// rotated checks a finished rotation of a single user.
func (h Harness) rotated(t *testing.T, s *Subject, user, old string) {
	t.Helper()
	now, password := s.Login(secret.Current)
	if now != user || password == old {
		t.Errorf("AWSCURRENT is for %s, with a new password: %v", now, password != old)
	}
	h.accepts(t, user, password)
	h.retired(t, user, old)
	if _, previous := s.Login(secret.Previous); previous != old {
		t.Error("AWSPREVIOUS is not the password from before")
	}
}

// singleResumes cuts a rotation off after each number of steps, and runs it
// again from its beginning, as a runner does.
func singleResumes(t *testing.T, h Harness) {
	for done := range Steps {
		s := h.single(t, h.Engine)
		user, old := s.Login(secret.Current)
		s.Begin()
		s.Run(Steps[:done+1]...)
		_, pending := s.Login(secret.Pending)
		s.Run(Steps...)
		h.rotated(t, s, user, old)
		if _, password := s.Login(secret.Current); password != pending {
			t.Errorf("cut off after %s: the pending password was replaced", Steps[done])
		}
	}
}

// singleConnectionLost loses the connection before the change.
func singleConnectionLost(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine, before: func(user string) { h.Drop(t, user) }}
	s := h.single(t, e)
	user, old := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !s.Report.Changed.IsZero() {
		t.Errorf("setSecret over a lost connection: %v, changed at %v", err, s.Report.Changed)
	}
	h.accepts(t, user, old)
	e.before = nil
	s.Run(Steps...)
	h.rotated(t, s, user, old)
}

// singleAnswerLost loses the connection after the change: the password is in
// force, and nobody was told.
func singleAnswerLost(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine, after: h.lose(t)}
	s := h.single(t, e)
	user, old := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err != nil || s.Report.Changed.IsZero() != h.Overlap {
		t.Errorf("setSecret, its answer lost: %v, changed at %v", err, s.Report.Changed)
	}
	e.after = nil
	s.Run(Steps...)
	h.rotated(t, s, user, old)
}

func (h Harness) lose(t *testing.T) func(string) error {
	return func(user string) error {
		h.Drop(t, user)
		return errLost
	}
}

var errLost = errors.New("the answer was lost")

// singlePrevious is a value that someone wrote without changing the password.
func singlePrevious(t *testing.T, h Harness) {
	s := h.single(t, h.Engine)
	user, old := s.Login(secret.Current)
	s.Change("password", "never-In-Force-1")
	s.Begin()
	s.Run(Steps...)
	_, password := s.Login(secret.Current)
	h.accepts(t, user, password)
	h.retired(t, user, old)
}

// singleNoLogin wants every password that is known to be tried once, in order.
func singleNoLogin(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine}
	user, old := h.newUser(t)
	s := h.singleFor(t, e, user, "never-In-Force-0")
	s.Change("password", "never-In-Force-1")
	s.Change("password", "never-In-Force-2")
	s.Begin()
	s.Run(secret.CreateSecret)
	_, pending := s.Login(secret.Pending)
	for _, want := range [][]string{
		{"never-In-Force-2", "never-In-Force-1", pending, "never-In-Force-0"},
		{pending, "never-In-Force-2", "never-In-Force-1", "never-In-Force-0"}, // a retry
	} {
		e.logins = nil
		var login *rotator.LoginError
		if err := s.Step(secret.SetSecret); !errors.As(err, &login) || login.Reason != rotator.Refused ||
			!strings.HasPrefix(err.Error(), "Unable to log into database with previous, current, or pending secret of secret arn "+s.ID) {
			t.Errorf("setSecret without a login: %v", err)
		}
		var tried []string
		for _, c := range e.logins {
			tried = append(tried, string(c.Password.Reveal()))
		}
		if !slices.Equal(tried, want) {
			t.Errorf("passwords tried: %q, want %q", tried, want)
		}
	}
	h.accepts(t, user, old)
}

// singleAnotherAccount fills AWSPENDING with a login that is not the current
// one's: nobody may hear of it.
func singleAnotherAccount(t *testing.T, h Harness) {
	for _, key := range []string{"username", "host", "port"} {
		e := &watched{Engine: h.Engine}
		s := h.single(t, e)
		value := h.Value(s.Login(secret.Current))
		value["password"] = "pending-Password-1"
		value[key] = map[string]any{"username": "stranger", "host": "elsewhere.invalid", "port": 1}[key]
		s.Begin()
		s.Fill(value)
		err := s.Step(secret.SetSecret)
		if err == nil || !strings.HasPrefix(err.Error(), "Attempting to modify user ") {
			t.Errorf("setSecret for another %s: %v", key, err)
		}
		if len(e.logins) > 0 {
			t.Errorf("setSecret for another %s logged in", key)
		}
	}
}
