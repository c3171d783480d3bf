package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// here is the world of all tests.
var here *world

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(inWorld(m))
}

func inWorld(m *testing.M) int {
	var err error
	if here, err = newWorld(context.Background(), 6); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer here.end(false)
	return m.Run()
}

// TestBounded is make chaos in short.
func TestBounded(t *testing.T) {
	o := options{seed: 4, kills: 25, only: -1, lanes: 6, depth: 1}
	r, err := run(t.Context(), here, o)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	r.print(&text)
	if len(r.violations) > 0 || r.kills() < o.kills {
		t.Errorf("seed %d\n%s", o.seed, &text)
	}
}

// TestPlans wants every moment in one round of cases, and the same cases again
// for the same seed.
func TestPlans(t *testing.T) {
	met := map[string]bool{}
	for n := range len(deck(source(7, 0))) {
		p := planOf(7, n)
		if p.String() != planOf(7, n).String() {
			t.Errorf("case %d is not always the same", n)
		}
		met[p.strikes[0].name] = true
	}
	for _, m := range moments() {
		if !met[m.name] {
			t.Errorf("no case %s", m.name)
		}
	}
	differs := func(n int) bool { return planOf(7, n).String() != planOf(8, n).String() }
	if !slices.ContainsFunc([]int{0, 1, 2, 3}, differs) {
		t.Error("the seed decides nothing")
	}
}

// TestChecksCanFail spoils what a rotation has promised, and wants to be told.
func TestChecksCanFail(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, c := range []struct {
		name  string
		spoil func(*trial) error
		want  string
	}{
		{"nothing", func(*trial) error { return nil }, ""},
		{"the user's password", func(c *trial) error { return here.setPassword(ctx, c.users[2]+"_clone", "changed") }, "AWSCURRENT does not log in"},
		{"the other's password", func(c *trial) error { return here.setPassword(ctx, c.users[2], "changed") }, "AWSPREVIOUS does not log in"},
		{"the administrator's", func(c *trial) error { return here.setPassword(ctx, c.users[0], "changed") }, "administrator does not log in"},
		{"privileges", func(c *trial) error { return here.execute(ctx, "REVOKE readers FROM "+c.users[2]) }, "privileges and settings"},
		{"settings", func(c *trial) error { return here.execute(ctx, "ALTER ROLE "+c.users[2]+"_clone RESET work_mem") }, "privileges and settings"},
		{"the date", func(c *trial) error { return edit(c, "UPDATE secrets SET rotated = rotated + 9000 WHERE rotated > 0") }, "LastRotatedDate"},
		{"the history", func(c *trial) error { return edit(c, "DELETE FROM rotation_steps WHERE step = 'testSecret'") }, "not whole"},
		{"attempts", func(c *trial) error { return edit(c, "UPDATE rotation_steps SET attempt = 2") }, "attempt 1 of 2 has 0 failures"},
		{"the trail", tellTwice, "the trail has"},
		{"no rotation", func(c *trial) error { c.subject.begin(); return nil }, "the rotation made"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			trial, err := newTrial(here, plan{strategy: alternating}, "spoilt-"+strings.ReplaceAll(c.name, " ", "-"))
			if err != nil {
				t.Fatal(err)
			}
			defer trial.close(false)
			if err := trial.setUp(ctx); err != nil {
				t.Fatal(err)
			}
			if err := trial.strike(ctx); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(trial); err != nil {
				t.Fatal(err)
			}
			if err := trial.check(ctx); c.want == "" && err != nil || c.want != "" && !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// edit changes the store behind the server's back.
func edit(c *trial, statement string) error {
	if err := c.server.stop(); err != nil {
		return err
	}
	rows, err := c.server.edit(statement)
	if err == nil && rows == 0 {
		err = errors.New("nothing was changed")
	}
	if err != nil {
		return err
	}
	_, err = c.server.start()
	return err
}

// tellTwice adds a second success to the trail.
func tellTwice(c *trial) error {
	var names []string
	err := eventually(context.Background(), "the event", func() (ok bool, err error) {
		names, err = c.server.events(c.subject.token)
		return len(names) == 2, err
	})
	if err != nil {
		return err
	}
	line := fmt.Sprintf(`{"eventName":"RotationSucceeded","eventID":"another","eventType":"AwsServiceEvent","requestID":"x-%s"}`+"\n", c.subject.token)
	return os.WriteFile(filepath.Join(c.server.data, "audit", "zzz.jsonl"), []byte(line), 0o600)
}

func TestNeedles(t *testing.T) {
	var n needles
	n.add("correct horse", "battery staple")
	for text, want := range map[string]int{
		"": 0, "correct": 0, "correct hors": 0, "a correct horse.": 1, "battery staplecorrect horse": 2, "correct hcorrect horse": 1,
	} {
		if got := n.in([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
