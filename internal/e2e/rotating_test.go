package e2e_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/uuid"
)

// strategy is one of the two ways to rotate.
type strategy struct {
	name, function string
	alternating    bool
}

const functions = "arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerRDSPostgreSQLRotation"

var (
	single      = strategy{name: "single", function: functions + "SingleUser"}
	alternating = strategy{name: "alternating", function: functions + "MultiUser", alternating: true}
	strategies  = []strategy{single, alternating}
)

// rotating is a secret of a database user that rotates.
type rotating struct {
	s        *server
	strategy strategy
	Name     string
	First    login // before any rotation
	Token    string
}

// newRotating makes a user, its secret and, for alternating users, the
// administrator's secret. Rotation is not turned on yet.
func (s *server) newRotating(strategy strategy) *rotating {
	s.t.Helper()
	first := newUser(s.t)
	return s.rotatingFor(strategy, first, administrator(s.t))
}

// rotatingFor is newRotating for a login and an administrator.
func (s *server) rotatingFor(strategy strategy, first, admin login) *rotating {
	s.t.Helper()
	c := s.Client()
	r := &rotating{s: s, strategy: strategy, Name: "db/" + first.User, First: first}
	if strategy.alternating {
		r.First.Master = create(s.t, c, "admin/"+first.User, admin.JSON())
	}
	create(s.t, c, r.Name, r.First.JSON())
	return r
}

// create makes a secret and gives its ARN.
func create(t testing.TB, c *sdk.Client, name, text string) string {
	t.Helper()
	out, err := c.CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: &name, SecretString: &text})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ARN
}

// rules are those of every rotation here: so far off that nothing but the tests
// starts one.
func rules() *types.RotationRulesType {
	days := int64(30)
	return &types.RotationRulesType{AutomaticallyAfterDays: &days}
}

// request starts a rotation and gives the error: the server may die of it.
func (r *rotating) request(options ...func(*sdk.Options)) error {
	r.s.t.Helper()
	r.Token = uuid.NewString()
	_, err := r.s.Client().RotateSecret(r.s.t.Context(), &sdk.RotateSecretInput{
		SecretId: &r.Name, ClientRequestToken: &r.Token, RotationLambdaARN: &r.strategy.function, RotationRules: rules(),
	}, options...)
	return err
}

// Rotate starts a rotation.
func (r *rotating) Rotate() {
	r.s.t.Helper()
	if err := r.request(); err != nil {
		r.s.t.Fatal(err)
	}
}

// Succeeds waits until the rotation has succeeded, asking nothing of the server:
// the audit trail tells.
func (r *rotating) Succeeds() {
	r.s.t.Helper()
	r.awaits("RotationSucceeded")
}

// Fails waits until an attempt has failed and gives the event's text.
func (r *rotating) Fails() string {
	r.s.t.Helper()
	return r.awaits("RotationFailed").ErrorMessage
}

func (r *rotating) awaits(name string) (found event) {
	r.s.t.Helper()
	eventually(r.s.t, r.Name+": "+name, func() (bool, any) {
		events := r.s.eventsOf(r.Token)
		for _, e := range events {
			if e.EventName == name {
				found = e
			}
		}
		return found.EventName == name, events
	})
	return found
}

// Rotated holds everything that a finished rotation promises: AWSCURRENT is the
// version of the token and logs in, the one before is refused unless users
// alternate, nothing is pending, and the history tells it. It gives the new login.
func (r *rotating) Rotated(before login) login {
	t := r.s.t
	t.Helper()
	c := r.s.Client()
	d, err := c.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil {
		t.Fatal(err)
	}
	if labels := strings.Join(d.VersionIdsToStages[r.Token], " "); !strings.Contains(labels, "AWSCURRENT") {
		t.Errorf("version %s has labels %q: %v", r.Token, labels, d.VersionIdsToStages)
	}
	for version, labels := range d.VersionIdsToStages {
		if version != r.Token && strings.Contains(strings.Join(labels, " "), "AWSPENDING") {
			t.Errorf("version %s is pending", version)
		}
	}
	if d.LastRotatedDate == nil || d.NextRotationDate == nil || !d.NextRotationDate.After(*d.LastRotatedDate) {
		t.Errorf("last rotated %v, next %v", d.LastRotatedDate, d.NextRotationDate)
	}
	now := parse[login](t, value(t, c, r.Name))
	if now.Password == before.Password || len(now.Password) != 32 || now.Host != before.Host || now.Master != before.Master {
		t.Errorf("the new login is %s at %s with a password of %d characters", now.User, now.Host, len(now.Password))
	}
	now.works(t)
	if previous := parse[login](t, value(t, c, r.Name, "AWSPREVIOUS")); previous != before {
		t.Errorf("AWSPREVIOUS is for %s, want %s", previous.User, before.User)
	}
	if r.strategy.alternating {
		before.works(t)
		if now.User == before.User {
			t.Errorf("%s did not alternate", now.User)
		}
	} else {
		before.isRefused(t)
	}
	if h := r.History(); h.State != "succeeded" || h.VersionID != r.Token || h.Error != "" {
		t.Errorf("the history says %+v", h)
	}
	return now
}

// history is a rotation as alberti rotation show --json prints it.
type history struct {
	VersionID              string `json:"VersionId"`
	State, Cause, Error    string
	StartedDate, EndedDate float64
	NextAttemptDate        float64
	GapMilliseconds        *float64
	Steps                  []struct {
		Attempt      int
		Step, Error  string
		Milliseconds float64
		Notes        []string
	}
}

// History is the latest rotation as the operator sees it.
func (r *rotating) History() history {
	r.s.t.Helper()
	out := parse[struct{ History []history }](r.s.t, r.s.Run("rotation", "show", r.Name, "--json").ok(r.s.t))
	if len(out.History) == 0 {
		r.s.t.Fatalf("%s has no history", r.Name)
	}
	return out.History[0]
}

// event is a line of the audit trail.
type event struct {
	EventName, EventID, RequestID string
	EventSource, EventType        string
	ErrorCode, ErrorMessage       string
	AdditionalEventData           struct{ SecretID string }
}

// Events reads the audit trail.
func (s *server) Events() (events []event) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Data, "audit", "*.jsonl"))
	if err != nil {
		s.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if !strings.HasSuffix(line, "\n") {
				continue // being written
			}
			if !strings.HasSuffix(line, "}\n") {
				continue // cut by a kill: the event comes again, whole
			}
			e := parse[event](s.t, line)
			if !seen[e.EventID] {
				seen[e.EventID] = true
				events = append(events, e)
			}
		}
	}
	return events
}

// eventsOf gives the service events of a rotation, each once.
func (s *server) eventsOf(token string) (found []event) {
	s.t.Helper()
	for _, e := range s.Events() {
		if e.EventType == "AwsServiceEvent" && strings.HasSuffix(e.RequestID, "-"+token) {
			found = append(found, e)
		}
	}
	return found
}

// names lists events by name.
func names(events []event) string {
	var out []string
	for _, e := range events {
		out = append(out, e.EventName)
	}
	return strings.Join(out, " ")
}
