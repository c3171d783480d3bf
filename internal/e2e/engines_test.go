package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/alberti-dev/alberti/internal/targets"
)

// TestEngines rotates a user of every engine's server, by both strategies, from
// end to end: asked for over HTTP, done by the real binary, and held against the
// server.
func TestEngines(t *testing.T) {
	t.Parallel()
	all, err := targets.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range all {
		t.Run(target.Name, func(t *testing.T) {
			t.Parallel()
			server, err := target.Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := server.Stop(); err != nil {
					t.Error(err)
				}
			})
			e := engine{t, target, server, serve(t)}
			for _, s := range []struct{ name, function string }{{"single", target.Single}, {"alternating", target.Alternating}} {
				if s.function != "" {
					e.rotates(s.name, s.function)
				}
			}
		})
	}
}

type engine struct {
	t      *testing.T
	of     targets.Target
	server *targets.Server
	s      *server
}

// rotates rotates a user's secret three times: a password that may stay in force
// beside the new one is gone after the next.
func (e engine) rotates(strategy, function string) {
	t := e.t
	t.Helper()
	user := e.secret(strategy)
	r := &rotating{s: e.s, strategy: strategyOf(function), Name: user}
	values := []map[string]any{e.current(user)}
	for range 3 {
		r.Rotate()
		r.Succeeds()
		values = append(values, e.current(user))
		e.rotated(strategy, values)
	}
}

// secret makes a user and its secret, of the same name.
func (e engine) secret(strategy string) string {
	t := e.t
	t.Helper()
	user, password := "e2e"+strategy, "First-Password-1"
	if err := e.server.User(t.Context(), user, password); err != nil {
		t.Fatal(err)
	}
	master := create(t, e.s.Client(), "admin/"+strategy, e.text(e.server.Value(e.server.Admin, e.server.AdminPassword)))
	value := e.server.Value(user, password)
	if strategy == "alternating" || e.server.ByAdmin {
		value["masterarn"] = master
	}
	create(t, e.s.Client(), user, e.text(value))
	return user
}

// rotated holds a finished rotation against the server. The values are AWSCURRENT's
// from before the first rotation to now.
func (e engine) rotated(strategy string, values []map[string]any) {
	t := e.t
	t.Helper()
	now, before := values[len(values)-1], values[len(values)-2]
	alternates := strategy == "alternating"
	if now["password"] == before["password"] {
		t.Errorf("%s: the password did not change", strategy)
	}
	if alternated := now["username"] != before["username"]; alternated != alternates {
		t.Errorf("%s: %v after %v", strategy, now["username"], before["username"])
	}
	e.inForce(strategy+": AWSCURRENT", now, true)
	e.inForce(strategy+": AWSPREVIOUS", before, alternates || e.of.Overlap)
	if len(values) > 2 { // with alternating users it is an older password of the user in use
		e.inForce(strategy+": the one before AWSPREVIOUS", values[len(values)-3], false)
	}
}

func (e engine) inForce(which string, value map[string]any, want bool) {
	e.t.Helper()
	refused, err := e.of.Refuses(e.t.Context(), value)
	if err != nil || refused == want {
		e.t.Errorf("%s logs in: %v, want %v; %v", which, !refused, want, err)
	}
}

func strategyOf(function string) strategy {
	return strategy{function: "arn:aws:lambda:us-east-1:000000000000:function:" + function}
}

// current is the value that applications read, and log in with.
func (e engine) current(name string) map[string]any {
	e.t.Helper()
	return parse[map[string]any](e.t, value(e.t, e.s.Client(), name))
}

func (e engine) text(value map[string]any) string {
	e.t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(text)
}
