package rotatortest

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Strategy is rotator.SingleUser or rotator.AlternatingUsers.
type Strategy func(rotator.Engine, rotator.Config) contract.Function

// Subject is a secret under test with the function that rotates it.
type Subject struct {
	Secrets  *Secrets
	ID       string
	Token    string          // of the rotation under way
	Report   contract.Report // of the last step
	Again    bool            // what the functions are told of earlier attempts
	TestOnly bool            // likewise, of what the rotation is for
	Guard    *Guard

	t        testing.TB
	function contract.Function
}

// New puts a value into a Secrets Manager, to be rotated with a strategy.
func New(t testing.TB, m *Secrets, name string, s Strategy, e rotator.Engine, value map[string]any) *Subject {
	t.Helper()
	id, err := m.Add(name, text(t, value))
	if err != nil {
		t.Fatal(err)
	}
	c := rotator.Config{Connect: m.Connect, Passwords: rotator.DefaultPasswords(), Now: time.Now}
	return &Subject{Secrets: m, ID: id, Guard: &Guard{}, t: t, function: s(e, c)}
}

// Begin starts a rotation.
func (s *Subject) Begin() {
	s.t.Helper()
	token, err := s.Secrets.Start(s.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Token, s.Again = token, false
}

// Step invokes the function, and holds what it says against the promise that
// there is no password in it.
func (s *Subject) Step(step secret.Step) error {
	s.t.Helper()
	s.Report = contract.Report{}
	err := s.function.Invoke(context.Background(), contract.Event{
		SecretID: s.ID, Token: s.Token, Step: step, TestOnly: s.TestOnly, Again: s.Again, Report: &s.Report, Guard: s.Guard,
	})
	s.Again = s.Again || step == secret.SetSecret
	said := strings.Join(s.Report.Notes, "\n")
	if err != nil {
		said += "\n" + err.Error()
	}
	for _, v := range s.Secrets.all(s.ID) {
		if password := Member(v, "password"); password != "" && strings.Contains(said, password) {
			s.t.Errorf("%s tells a password: %s", step, said)
		}
	}
	return err
}

// Run invokes steps that must succeed, each twice: a runner that was killed
// before it wrote down a success repeats the step.
func (s *Subject) Run(steps ...secret.Step) {
	s.t.Helper()
	for _, step := range steps {
		for try := range 2 {
			if err := s.Step(step); err != nil {
				s.t.Fatalf("%s, invocation %d: %v", step, try+1, err)
			}
		}
	}
}

// Steps are the four.
var Steps = []secret.Step{secret.CreateSecret, secret.SetSecret, secret.TestSecret, secret.FinishSecret}

// Rotate does a rotation from beginning to end.
func (s *Subject) Rotate() {
	s.t.Helper()
	s.Begin()
	s.Run(Steps...)
	if err := s.Secrets.Finish(s.ID, s.Token); err != nil {
		s.t.Fatal(err)
	}
}

// Login gives the user and password under a label; empty when there is none.
func (s *Subject) Login(label string) (user, password string) {
	v, err := s.Secrets.GetSecretValue(context.Background(), s.ID, "", label)
	if err != nil {
		return "", ""
	}
	return Member(v, "username"), Member(v, "password")
}

// Tag tags the secret.
func (s *Subject) Tag(key, value string) {
	s.t.Helper()
	if err := s.Secrets.Tag(s.ID, key, value); err != nil {
		s.t.Fatal(err)
	}
}

// Write puts a value as AWSCURRENT, as a person does.
func (s *Subject) Write(value map[string]any) {
	s.t.Helper()
	if err := s.Secrets.Write(s.ID, text(s.t, value)); err != nil {
		s.t.Fatal(err)
	}
}

// Change writes AWSCURRENT with another text under a key.
func (s *Subject) Change(key, to string) {
	s.t.Helper()
	s.Write(s.with(key, to))
}

// with is the current value with another text under a key.
func (s *Subject) with(key, to string) map[string]any {
	s.t.Helper()
	v, err := s.Secrets.GetSecretValue(context.Background(), s.ID, "", secret.Current)
	var members map[string]any
	if err != nil || json.Unmarshal(v.Reveal(), &members) != nil {
		s.t.Fatal("there is no current value", err)
	}
	members[key] = to
	return members
}

// Fill puts a value as AWSPENDING, in the place of createSecret.
func (s *Subject) Fill(value map[string]any) {
	s.t.Helper()
	err := s.Secrets.PutSecretValue(context.Background(), s.ID, s.Token, secret.Text(text(s.t, value)), []string{secret.Pending})
	if err != nil {
		s.t.Fatal(err)
	}
}

func text(t testing.TB, value map[string]any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Member gives a text in a value.
func Member(v secret.Value, key string) string {
	var members map[string]any
	if json.Unmarshal(v.Reveal(), &members) != nil {
		return ""
	}
	out, _ := members[key].(string)
	return out
}
