package targets

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// noEngines are the folders of rotator that hold none.
var noEngines = []string{"internal", "rotatortest", "lambdafunction"}

// TestEveryEngineIsKnown: each engine's folder has a target, or is said to have no
// server, and not both.
func TestEveryEngineIsKnown(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir("../../rotator")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range folders {
		if f.IsDir() && !slices.Contains(noEngines, f.Name()) {
			want = append(want, f.Name())
		}
	}
	known := slices.Clone(serverless)
	for _, target := range All {
		known = append(known, target.Name)
	}
	slices.Sort(known)
	if !slices.Equal(known, want) {
		t.Errorf("engines known here: %q, folders: %q", known, want)
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		engines string
		want    string
	}{
		{"", "postgres mysql redis rabbitmq mongodb ldap activedirectory"},
		{"redis,mysql", "mysql redis"},
		{"oracle", ""},
		{"oracle,ldap,ldap", "ldap"},
		{"nonesuch,redis", "error"},
		{"redis,", "error"},
	} {
		got := "error"
		if targets, err := wanted(c.engines); err == nil {
			var names []string
			for _, target := range targets {
				names = append(names, target.Name)
			}
			got = strings.Join(names, " ")
		}
		if got != c.want {
			t.Errorf("ENGINES=%s: %q, want %q", c.engines, got, c.want)
		}
	}
}
