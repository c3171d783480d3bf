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
// gives the error and what stands for the placeholders of its text.
var failures = map[string]func(t *testing.T) (err error, fill []string){
	"template guard: rotation off": func(t *testing.T) (error, []string) {
		s := single(t, &script{})
		s.Begin()
		if err := s.Secrets.Cancel(s.ID); err != nil {
			t.Fatal(err)
		}
		return s.Step(secret.CreateSecret), []string{"<ARN>", s.ID}
	},
	"template guard: token unknown": func(t *testing.T) (error, []string) {
		s := single(t, &script{})
		s.Token = "unknown"
		return s.Step(secret.CreateSecret), []string{"<T>", "unknown", "<ARN>", s.ID}
	},
	"template guard: token not pending": func(t *testing.T) (error, []string) {
		s := single(t, &script{})
		s.Begin()
		first := s.Token
		s.Run(rotatortest.Steps...)
		s.Begin()
		s.Run(rotatortest.Steps...)
		s.Token = first // AWSPREVIOUS now
		return s.Step(secret.SetSecret), []string{"<T>", first, "<ARN>", s.ID}
	},
	"template: JSON key missing": func(t *testing.T) (error, []string) {
		v := value("app", "first-1")
		delete(v, "host")
		s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, &script{}, v)
		s.Begin()
		return s.Step(secret.CreateSecret), []string{"<key>", "host"}
	},
	"template: engine wrong": func(t *testing.T) (error, []string) {
		v := value("app", "first-1")
		v["engine"] = "another"
		s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, &script{}, v)
		s.Begin()
		return s.Step(secret.CreateSecret), []string{"<engine>", "script"}
	},
	"template: no login works": func(t *testing.T) (error, []string) {
		s := single(t, &script{login: refuse})
		s.Begin()
		s.Run(secret.CreateSecret)
		return s.Step(secret.SetSecret), []string{"<ARN>", s.ID}
	},
	"template: pending login fails in testSecret": func(t *testing.T) (error, []string) {
		s := single(t, &script{login: refuse})
		s.Begin()
		s.Run(secret.CreateSecret)
		return s.Step(secret.TestSecret), []string{"<ARN>", s.ID}
	},
	"template: user mismatch": func(t *testing.T) (error, []string) {
		return setFor(t, value("stranger", "pending-1")), []string{"<p>", "stranger", "<c>", "app"}
	},
	"template: host mismatch": func(t *testing.T) (error, []string) {
		v := value("app", "pending-1")
		v["host"] = "elsewhere"
		return setFor(t, v), []string{"<p>", "elsewhere:1", "<c>", "h:1"}
	},
	"template: superuser login fails": func(t *testing.T) (error, []string) {
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
		return s.Step(secret.SetSecret), []string{"<ARN>", master}
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
			err, fill := fails(t)
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
