package rotator_test

import (
	"os"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// failures bring the situations of rotation functions in errors.tsv about. Each
// gives what stands for the placeholders of the text, and the error.
var failures = map[string]func(t *testing.T) (fill []string, err error){
	"template guard: rotation off": func(t *testing.T) ([]string, error) {
		s := single(t, &script{})
		s.Begin()
		if err := s.Secrets.Cancel(s.ID); err != nil {
			t.Fatal(err)
		}
		return []string{"<ARN>", s.ID}, s.Step(secret.CreateSecret)
	},
	"template guard: token unknown": func(t *testing.T) ([]string, error) {
		s := single(t, &script{})
		s.Token = "unknown"
		return []string{"<T>", "unknown", "<ARN>", s.ID}, s.Step(secret.CreateSecret)
	},
	"template guard: token not pending": func(t *testing.T) ([]string, error) {
		s := single(t, &script{})
		s.Begin()
		first := s.Token
		s.Run(rotatortest.Steps...)
		s.Begin()
		s.Run(rotatortest.Steps...)
		s.Token = first // AWSPREVIOUS now
		return []string{"<T>", first, "<ARN>", s.ID}, s.Step(secret.SetSecret)
	},
	"template: JSON key missing": func(t *testing.T) ([]string, error) {
		v := value("app", "first-1")
		delete(v, "host")
		s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, &script{}, v)
		s.Begin()
		return []string{"<key>", "host"}, s.Step(secret.CreateSecret)
	},
	"template: engine wrong": func(t *testing.T) ([]string, error) {
		v := value("app", "first-1")
		v["engine"] = "another"
		s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, &script{}, v)
		s.Begin()
		return []string{"<engine>", "script"}, s.Step(secret.CreateSecret)
	},
	"template: no login works": func(t *testing.T) ([]string, error) {
		s := single(t, &script{login: refuse})
		s.Begin()
		s.Run(secret.CreateSecret)
		return []string{"<ARN>", s.ID}, s.Step(secret.SetSecret)
	},
	"template: pending login fails in testSecret": func(t *testing.T) ([]string, error) {
		s := single(t, &script{login: refuse})
		s.Begin()
		s.Run(secret.CreateSecret)
		return []string{"<ARN>", s.ID}, s.Step(secret.TestSecret)
	},
	"template: user mismatch": func(t *testing.T) ([]string, error) {
		return []string{"<p>", "stranger", "<c>", "app"}, setFor(t, value("stranger", "pending-1"))
	},
	"template: host mismatch": func(t *testing.T) ([]string, error) {
		v := value("app", "pending-1")
		v["host"] = "elsewhere"
		return []string{"<p>", "elsewhere:1", "<c>", "h:1"}, setFor(t, v)
	},
	"template: superuser login fails": func(t *testing.T) ([]string, error) {
		m := rotatortest.NewSecrets()
		v := value("app", "first-1")
		master := rotatortest.New(t, m, "master", rotator.SingleUser, &script{}, value("admin", "first-2")).ID
		v["masterarn"] = master
		e := &script{login: func(c rotator.Credential) error {
			if c.Username == "app" {
				return nil
			}
			return refuse(c)
		}}
		s := rotatortest.New(t, m, "s", rotator.AlternatingUsers, e, v)
		s.Begin()
		s.Run(secret.CreateSecret)
		return []string{"<ARN>", master}, s.Step(secret.SetSecret)
	},
}

// setFor runs setSecret with a pending value that somebody else wrote.
func setFor(t *testing.T, pending map[string]any) error {
	s := single(t, &script{})
	s.Begin()
	s.Fill(pending)
	return s.Step(secret.SetSecret)
}

// TestErrors holds every text of rotation functions in errors.tsv. After the
// text of a login that failed comes why, which AWS's functions keep to
// themselves (doc/divergences.md).
func TestErrors(t *testing.T) {
	table, err := os.ReadFile("../../shared/spec/errors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	met := 0
	for line := range strings.Lines(string(table)) {
		cell := strings.Split(line, "\t")
		if cell[0] != "(rotation function)" {
			continue
		}
		met++
		t.Run(cell[1], func(t *testing.T) {
			fails, ok := failures[cell[1]]
			if !ok {
				t.Fatal("nothing reproduces it")
			}
			fill, err := fails(t)
			want := strings.NewReplacer(fill...).Replace(cell[4])
			if err == nil || err.Error() != want && !strings.HasPrefix(err.Error(), want+": ") {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
		})
	}
	if met != len(failures) {
		t.Errorf("errors.tsv has %d situations of rotation functions, %d are reproduced", met, len(failures))
	}
}
