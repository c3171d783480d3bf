package redis_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// allowed are the rules of a user but for its passwords and our mark, in order of
// the alphabet: Redis 7.0 says them in an order of its own each time.
func allowed(t *testing.T, user string) string {
	t.Helper()
	text, _, _ := strings.Cut(rules(t, server, user), " (~made-by-alberti")
	words := slices.DeleteFunc(strings.Fields(text), func(word string) bool {
		return strings.HasPrefix(word, "#") || word == "sanitize-payload"
	})
	slices.Sort(words)
	return strings.Join(words, " ")
}

// TestLevel has a user with rules of every kind, and changes them between
// rotations.
func TestLevel(t *testing.T) {
	t.Parallel()
	newUser(t, "level", "right", "resetkeys", "~app:*", "%R~ro:*", "%W~wo:*", "resetchannels", "&news:*", "+@read", "-@dangerous",
		"-getset", "+config|get", "(~sel:* &x +set +get)", "(%R~(odd +@string -@slow)", "skip-sanitize-payload")
	s := alternating(t, value("level", "right"))
	same := func() {
		t.Helper()
		if want, got := allowed(t, "level"), allowed(t, "level_clone"); got != want || want == "" {
			t.Errorf("the clone has\n%s\nthe original\n%s", got, want)
		}
		if text := rules(t, server, "level"); strings.Contains(text, "made-by-alberti") {
			t.Errorf("a user that a person made bears our mark: %s", text)
		}
	}
	s.Rotate()
	same()
	before := rules(t, server, "level_clone")
	for _, change := range [][]any{
		{"+@hash", "-config|get"}, {"~more:*", "&*"}, {"clearselectors", "(~other +del)"}, {"allkeys"}, {"resetkeys", "~less"}, {"allcommands"}, {"nocommands", "+get"},
	} {
		user, _ := s.Login(secret.Current)
		if user == "level_clone" { // clearselectors takes the mark off, too
			change = append(change, "(~made-by-alberti-for-"+s.ID+" -@all)")
		}
		execute(t, server, "ACL", append([]any{"SETUSER", user}, change...)...)
		want := allowed(t, user)
		s.Rotate()
		same()
		if got := allowed(t, "level"); got != want {
			t.Errorf("after %v the original has\n%s\nwant\n%s", change, got, want)
		}
	}
	if rules(t, server, "level_clone") == before {
		t.Error("nothing changed: this test shows nothing")
	}
}

// TestLevelOnRetry changes the rules after the password was set: the next attempt
// looks at them all the same.
func TestLevelOnRetry(t *testing.T) {
	t.Parallel()
	newUser(t, "retry", "right")
	s := alternating(t, value("retry", "right"))
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	user, password := s.Login(secret.Pending)
	execute(t, server, "ACL", "SETUSER", "retry", "+get")
	execute(t, server, "ACL", "SETUSER", user, "+flushall")
	s.Run(secret.SetSecret)
	accepts(t, user, password)
	if want, got := allowed(t, "retry"), allowed(t, user); got != want || !strings.Contains(got, "+get") {
		t.Errorf("%s has %s, want %s", user, got, want)
	}
}

// TestDrift grants and revokes at the user in use.
func TestDrift(t *testing.T) {
	t.Parallel()
	newUser(t, "drift", "right", "+get")
	s := alternating(t, value("drift", "right"))
	want := []bool{true, false}
	for i, change := range []func(user string){
		func(string) {},
		func(user string) { grant(t, user, 1); want[1] = true },
		func(user string) { revoke(t, user, 0); want[0] = false },
		func(string) {},
		func(user string) { revoke(t, user, 1); grant(t, user, 0); want = []bool{true, false} },
	} {
		user, _ := s.Login(secret.Current)
		change(user)
		s.Rotate()
		user, password := s.Login(secret.Current)
		for n := range want {
			if got := can(t, user, password, n); got != want[n] {
				t.Errorf("after change %d, %s has privilege %d: %v", i, user, n, got)
			}
		}
	}
}

// TestOwners says which users may be taken over.
func TestOwners(t *testing.T) {
	t.Parallel()
	session, _ := enter(t, credential(admin, server.Password))
	cloner := session.(rotator.Cloner)
	const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-a1B2c3"
	for i, c := range []struct {
		other []string // rules of the other user; nil when there is none
		from  []string // more rules of the user in use
		owner rotator.Owner
		want  string
	}{
		{other: nil},
		{other: nil, owner: rotator.Owner{Existing: true}, want: "tags forbid"},
		{other: []string{"on"}, want: "was not made for this secret"},
		{other: []string{"on"}, owner: rotator.Owner{Known: true}},
		{other: []string{"on"}, owner: rotator.Owner{Adopt: true}},
		{other: []string{"on"}, owner: rotator.Owner{Adopt: true, Existing: true}},
		{other: []string{"on", "(~made-by-alberti-for-" + arn + " -@all)"}},
		{other: []string{"on", "(~made-by-alberti-for-another -@all)"}, want: "was not made for this secret"},
		{other: []string{"on"}, from: []string{"(~made-by-alberti-for-" + arn + " -@all)"}},
	} {
		from, to := fmt.Sprintf("owner%d", i), fmt.Sprintf("other%d", i)
		newUser(t, from, "right", c.from...)
		if c.other != nil {
			newUser(t, to, "stranger", append(c.other, "+flushall")...)
		}
		before := rules(t, server, to)
		c.owner.SecretARN = arn
		err := cloner.Clone(t.Context(), from, to, secret.Text("new-1"), c.owner)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) || rules(t, server, to) != before {
				t.Errorf("case %d: %v; %s became %s", i, err, before, rules(t, server, to))
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		accepts(t, to, "new-1")
		refuses(t, to, "stranger")
		if got, want := allowed(t, to), allowed(t, from); got != want {
			t.Errorf("case %d: %s has %s, want %s", i, to, got, want)
		}
	}
}

// TestOddNames rotates users of odd names and passwords, alone and in turns. The
// server takes no blanks in names.
func TestOddNames(t *testing.T) {
	t.Parallel()
	for i, odd := range []string{
		"o'clock", `say-"this"`, `a\b\'c\`, "Ünï-名前-🔑", "u\u0308ber", `x";ACL-SETUSER-y;--`, "$$a$1$user%s%d", "a:b@c/d?e=f#g&h", "{}\u2028<&>",
		"(x", "x)", "#", ">x", "~*", "+@all", strings.Repeat("x", 5000),
	} {
		user, password := odd+fmt.Sprint(i), "p \r\n\t\x01"+odd
		newUser(t, user, password)
		s := single(t, value(user, password))
		s.Begin()
		s.Fill(value(user, "q \r\n\t\x01"+odd))
		s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
		_, password = s.Login(secret.Current)
		accepts(t, user, password)
		pair := alternating(t, value(user, password))
		for range 2 {
			pair.Rotate()
			now, password := pair.Login(secret.Current)
			accepts(t, now, password)
		}
	}
	for _, user := range []string{"a blank", "a\x00NUL"} {
		s := single(t, value(user, "right"))
		if err := set(s); err == nil {
			t.Errorf("rotated %q", user)
		}
	}
}
