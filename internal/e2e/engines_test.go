package e2e_test

import (
	"encoding/json"
	"testing"

	"github.com/alberti-dev/alberti/internal/targets"
)

// TestEngines rotates a user of every engine's server, by both strategies, from
// end to end: the function is the one that the value's engine picks.
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

// rotates rotates a user twice.
func (e engine) rotates(strategy, function string) {
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
	r := &rotating{s: e.s, strategy: strategyOf(function), Name: user}
	for range 2 {
		before := e.current(user)
		r.Rotate()
		r.Succeeds()
		now := e.current(user)
		if now["password"] == before["password"] {
			t.Errorf("%s: the password did not change", strategy)
		}
		if refused, err := e.of.Refuses(t.Context(), now); err != nil || refused {
			t.Errorf("%s: AWSCURRENT is refused: %v, %v", strategy, refused, err)
		}
		if alternated := now["username"] != before["username"]; alternated != (strategy == "alternating") {
			t.Errorf("%s: %v after %v", strategy, now["username"], before["username"])
		}
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
