package rotator_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// script is an engine that does what a test tells it to: real ones are in the
// folders below.
type script struct {
	login  func(rotator.Credential) error
	set    func(secret.Value) error
	fails  bool // the test
	logins []rotator.Credential
}

func (*script) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"script"}, Port: 1, Database: "d", MaxUser: 12, CloneMark: "_clone"}
}

func (s *script) Login(_ context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	s.logins = append(s.logins, c)
	if s.login != nil {
		if err := s.login(c); err != nil {
			return nil, err
		}
	}
	r.Note("logged in with %s", c.Password.Reveal())
	return s, nil
}

func (s *script) SetPassword(_ context.Context, _ string, p secret.Value) error {
	if s.set != nil {
		return s.set(p)
	}
	return nil
}

func (s *script) Test(context.Context, string) error {
	if s.fails {
		return errors.New("the test failed")
	}
	return nil
}

func (*script) Close() error { return nil }

func value(user, password string) map[string]any {
	return map[string]any{"engine": "script", "host": "h", "username": user, "password": password}
}

func single(t *testing.T, e *script) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, e, value("app", "first-1"))
}

func refuse(c rotator.Credential) error {
	return &rotator.LoginError{Reason: rotator.Refused, Host: c.Host, User: c.Username, Err: errors.New("no")}
}

// TestGate is what stands before every step (rotation-functions.md, 1.2).
func TestGate(t *testing.T) {
	s := single(t, &script{})
	begin := func() string { s.Begin(); return s.Token }
	wantError := func(step secret.Step, want string) {
		t.Helper()
		err := s.Step(step)
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%s: %s\nwant %s", step, got, want)
		}
	}
	s.Token = "unknown"
	wantError(secret.CreateSecret, "Secret version unknown has no stage for rotation of secret "+s.ID+".")
	first := begin()
	wantError("dropSecret", "Invalid step parameter dropSecret for secret "+s.ID)
	s.Run(rotatortest.Steps...)
	s.Run(rotatortest.Steps...) // finished: every step is a no-op
	begin()
	s.Run(rotatortest.Steps...)
	s.Token = first // AWSPREVIOUS now
	wantError(secret.SetSecret, "Secret version "+first+" not set as AWSPENDING for rotation of secret "+s.ID+".")
	begin()
	if err := s.Secrets.Cancel(s.ID); err != nil {
		t.Fatal(err)
	}
	wantError(secret.CreateSecret, "Secret "+s.ID+" is not enabled for rotation")
}

// TestCreateKeepsValue does not touch a pending value that may be in force.
func TestCreateKeepsValue(t *testing.T) {
	s := single(t, &script{})
	s.Begin()
	s.Fill(value("app", "filled-1"))
	s.Run(secret.CreateSecret)
	if _, password := s.Login(secret.Pending); password != "filled-1" {
		t.Error("the pending value was replaced")
	}
}

// TestOnlyRefusalLeadsOn wants no other failure to be taken for a wrong password.
func TestOnlyRefusalLeadsOn(t *testing.T) {
	for _, reason := range []rotator.Reason{rotator.Unreachable, rotator.Unresolved, rotator.TimedOut, rotator.TLSFailed,
		rotator.LimitHit, rotator.NotReady, rotator.NoDatabase, rotator.Broken} {
		e := &script{login: func(rotator.Credential) error { return &rotator.LoginError{Reason: reason, Err: errors.New("why")} }}
		s := single(t, e)
		s.Begin()
		s.Run(secret.CreateSecret)
		var failed *rotator.LoginError
		if err := s.Step(secret.SetSecret); !errors.As(err, &failed) || failed.Reason != reason || len(e.logins) != 1 {
			t.Errorf("%s: %v after %d logins", reason, err, len(e.logins))
		}
	}
}

// TestPreviousTakesSSL logs in with the previous password as strictly as the
// current version asks.
func TestPreviousTakesSSL(t *testing.T) {
	e := &script{login: refuse}
	s := single(t, e)
	v := value("app", "second-1")
	v["ssl"] = true
	s.Write(v)
	s.Begin()
	s.Run(secret.CreateSecret)
	s.Step(secret.SetSecret)
	if len(e.logins) != 3 || slices.ContainsFunc(e.logins, func(c rotator.Credential) bool { return c.TLS != rotator.TLSRequired }) {
		t.Errorf("logins: %+v", e.logins)
	}
}

// TestScrubbing has a driver that quotes whatever it was given, and a server
// that was told passwords of which one begins with another.
func TestScrubbing(t *testing.T) {
	e := &script{}
	var said []string
	quote := func(c rotator.Credential) error {
		said = append(said, string(c.Password.Reveal()))
		return &rotator.LoginError{Reason: rotator.Refused, Err: fmt.Errorf("FATAL: %s", strings.Join(said, " and "))}
	}
	s := single(t, e)
	s.Write(value("app", "first-1-and-more"))
	s.Begin()
	s.Run(secret.CreateSecret)
	e.login = quote
	err := s.Step(secret.SetSecret) // Step looks for the passwords
	if err == nil || strings.Contains(err.Error(), "first-1") || strings.Contains(err.Error(), "-and-more") || !strings.Contains(err.Error(), secret.Redacted) {
		t.Errorf("%v", err)
	}
	var login *rotator.LoginError
	if errors.As(err, &login) {
		t.Error("what holds the password is wrapped still")
	}

	e.login = func(c rotator.Credential) error { // the change's answer is lost
		if string(c.Password.Reveal()) == "first-1-and-more" {
			return nil
		}
		return refuse(c)
	}
	e.set = func(p secret.Value) error {
		e.login = nil
		return fmt.Errorf("connection lost in ALTER %s", p.Reveal())
	}
	if err := s.Step(secret.SetSecret); err != nil {
		t.Error(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); !strings.Contains(notes, "although the answer was lost") || !strings.Contains(notes, secret.Redacted) {
		t.Errorf("notes: %s", notes)
	}
}

// leaky is a Secrets Manager that quotes the value it refuses.
type leaky struct{ *rotatortest.Secrets }

func (leaky) PutSecretValue(_ context.Context, _, _ string, v secret.Value, _ []string) error {
	return fault.New(fault.LimitExceeded, "no room for %s", v.Reveal())
}

// TestScrubbingKeepsKind wants the kind of an error to outlive its text.
func TestScrubbingKeepsKind(t *testing.T) {
	s := single(t, &script{})
	s.Begin()
	f := rotator.SingleUser(&script{}, rotator.Config{
		Connect:   func(contract.Event) rotator.Secrets { return leaky{s.Secrets} },
		Passwords: rotator.PasswordPolicy{Length: 16, ExcludePunctuation: true},
	})
	err := f.Invoke(t.Context(), contract.Event{SecretID: s.ID, Token: s.Token, Step: secret.CreateSecret, Report: &contract.Report{}, Guard: s.Guard})
	if fault.KindOf(err) != fault.LimitExceeded || !strings.Contains(err.Error(), `"password":"`+secret.Redacted+`"`) {
		t.Errorf("kind %v: %v", fault.KindOf(err), err)
	}
}

// TestAlternatingNeedsCloner refuses an engine that has only half of it.
func TestAlternatingNeedsCloner(t *testing.T) {
	v := value("app", "first-1")
	m := rotatortest.NewSecrets()
	v["masterarn"] = rotatortest.New(t, m, "master", rotator.SingleUser, &script{}, value("admin", "first-2")).ID
	s := rotatortest.New(t, m, "s", rotator.AlternatingUsers, &script{}, v)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || err.Error() != "this engine cannot alternate users" {
		t.Error(err)
	}
}
