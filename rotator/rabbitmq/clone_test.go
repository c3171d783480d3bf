package rabbitmq_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// rights are all that a user has: tags but for our mark, limits, permissions.
func rights(t *testing.T, user string) (out []string) {
	t.Helper()
	name := url.PathEscape(user)
	for _, path := range []string{"/users/" + name, "/users/" + name + "/permissions", "/users/" + name + "/topic-permissions", "/user-limits/" + name} {
		var list any
		if err := json.Unmarshal([]byte(admin(t, http.MethodGet, path, nil)), &list); err != nil {
			t.Fatal(err)
		}
		items, ok := list.([]any)
		if !ok {
			items = []any{list.(map[string]any)["tags"]}
		}
		for _, item := range items {
			if object, ok := item.(map[string]any); ok {
				delete(object, "user")
			}
			if tags, ok := item.([]any); ok {
				tags = slices.DeleteFunc(tags, func(tag any) bool { return strings.HasPrefix(tag.(string), "made-by-alberti") })
				slices.SortFunc(tags, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
				item = tags
			}
			out = append(out, path[strings.LastIndex(path, "/")+1:]+fmt.Sprint(item))
		}
	}
	for i := range out {
		out[i] = strings.TrimPrefix(out[i], name)
	}
	slices.Sort(out)
	return out
}

func same(t *testing.T, a, b string) {
	t.Helper()
	if x, y := rights(t, a), rights(t, b); !reflect.DeepEqual(x, y) {
		t.Errorf("%s has\n%s\n%s has\n%s", a, strings.Join(x, "\n"), b, strings.Join(y, "\n"))
	}
}

// vhosts makes virtual hosts.
func vhosts(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		admin(t, http.MethodPut, "/vhosts/"+url.PathEscape(name), map[string]any{})
	}
}

// change is a call that changes what the user in use has.
type change struct {
	method, path string
	body         map[string]any
}

func (c change) do(t *testing.T, user string) {
	t.Helper()
	admin(t, c.method, strings.ReplaceAll(c.path, "USER", url.PathEscape(user)), c.body)
}

// TestLevel changes rights of every kind between rotations.
func TestLevel(t *testing.T) {
	t.Parallel()
	vhosts(t, "level/1", "level 2", "level-3")
	newUser(t, "level", "right", "monitoring,impersonator")
	permit(t, "level", "level/1")
	permit(t, "level", "/")
	s := alternating(t, value("level", "right"))
	s.Rotate()
	same(t, "level", "level_clone")
	all := map[string]any{"configure": ".*", "write": ".*", "read": ".*"}
	for _, c := range [][]change{
		{{"PUT", "/permissions/level%202/USER", all}, {"PUT", "/user-limits/USER/max-connections", map[string]any{"value": 7}}},
		{{"DELETE", "/permissions/level%2F1/USER", nil}, {"PUT", "/user-limits/USER/max-channels", map[string]any{"value": 70}}},
		{{"PUT", "/topic-permissions/%2F/USER", map[string]any{"exchange": "amq.topic", "write": "^a", "read": "^b"}},
			{"PUT", "/topic-permissions/%2F/USER", map[string]any{"exchange": "amq.direct", "write": "^c", "read": "^d"}},
			{"PUT", "/topic-permissions/level%202/USER", map[string]any{"exchange": "amq.topic", "write": "^e", "read": "^f"}}},
		{{"DELETE", "/user-limits/USER/max-connections", nil}, {"PUT", "/permissions/%2F/USER", all}},
		{{"DELETE", "/topic-permissions/%2F/USER", nil}, {"PUT", "/topic-permissions/%2F/USER", map[string]any{"exchange": "amq.topic", "write": "", "read": ""}}},
		{{"DELETE", "/topic-permissions/%2F/USER", nil}, {"DELETE", "/topic-permissions/level%202/USER", nil}},
		{{"DELETE", "/user-limits/USER/max-channels", nil}, {"DELETE", "/permissions/level%202/USER", nil}},
	} {
		user, password := s.Login(secret.Current)
		for _, change := range c {
			change.do(t, user)
		}
		want := rights(t, user)
		s.Rotate()
		same(t, "level", "level_clone")
		if got := rights(t, user); !slices.Equal(got, want) {
			t.Errorf("%v was undone: %s, it was %s", c, got, want)
		}
		accepts(t, user, password)
	}
	for user, mark := range map[string]bool{"level": false, "level_clone": true} {
		if strings.Contains(admin(t, http.MethodGet, "/users/"+user, nil), "made-by-alberti-for-"+s.ID) != mark {
			t.Errorf("%s bears our mark: %v", user, !mark)
		}
	}
}

// TestTags changes tags, which go with the password in one call.
func TestTags(t *testing.T) {
	t.Parallel()
	newUser(t, "tags", "right", "monitoring")
	s := alternating(t, value("tags", "right"))
	for _, tags := range []string{"monitoring", "", "policymaker,custom", "custom"} {
		user, password := s.Login(secret.Current)
		mark := ""
		if user == "tags_clone" {
			mark = ",made-by-alberti-for-" + s.ID
		}
		newUser(t, user, password, tags+mark)
		s.Rotate()
		same(t, "tags", "tags_clone")
		for _, label := range []string{secret.Current, secret.Previous} {
			user, password := s.Login(label)
			accepts(t, user, password)
		}
	}
}

// TestAnyMoment cuts the making of a user, and its renewal, off after each
// request: nobody ever logs in with the pending password who has not all that the
// user in use has, and the next attempt completes it.
func TestAnyMoment(t *testing.T) {
	t.Parallel()
	vhosts(t, "moment")
	for round := range 2 {
		for n := 0; ; n++ {
			user := fmt.Sprintf("moment-%d-%d", round, n)
			newUser(t, user, "right", "monitoring")
			permit(t, user, "/")
			permit(t, user, "moment")
			change{"PUT", "/user-limits/USER/max-channels", map[string]any{"value": 70}}.do(t, user)
			change{"PUT", "/topic-permissions/%2F/USER", map[string]any{"exchange": "amq.topic", "write": "^a", "read": "^b"}}.do(t, user)
			s := alternating(t, value(user, "right"))
			if round == 1 { // the second time the user is there, and has other rights
				s.Rotate()
				s.Rotate()
				change{"DELETE", "/permissions/moment/USER", nil}.do(t, user)
				change{"DELETE", "/topic-permissions/%2F/USER", nil}.do(t, user)
				change{"PUT", "/user-limits/USER/max-channels", map[string]any{"value": 80}}.do(t, user)
				newUser(t, user, currentPassword(s), "management")
			}
			s.Begin()
			s.Run(secret.CreateSecret)
			wire.after(n, user+"_clone")
			err := s.Step(secret.SetSecret)
			done := wire.passed(user + "_clone")
			wire.after(-1, user+"_clone")
			if (err == nil) != done {
				t.Fatalf("cut off after %d requests: %v", n, err)
			}
			other, password := s.Login(secret.Pending)
			if err := login(t, other, password); err == nil {
				same(t, user, other)
			} else if done {
				t.Errorf("%s cannot log in: %v", other, err)
			}
			s.Run(secret.CreateSecret, secret.SetSecret, secret.TestSecret, secret.FinishSecret)
			same(t, user, other)
			accepts(t, other, password)
			if done {
				if n < 7 {
					t.Errorf("there were no more than %d requests: this test shows little", n)
				}
				break
			}
		}
	}
}

func currentPassword(s interface{ Login(string) (string, string) }) string {
	_, password := s.Login(secret.Current)
	return password
}

// TestOwners says which users may be taken over.
func TestOwners(t *testing.T) {
	t.Parallel()
	session, err := enter(t, value(rabbittest.User, server.Password))
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mine-a1B2c3"
	for i, c := range []struct {
		other, from string // tags; - when there is no such user
		owner       rotator.Owner
		want        string
	}{
		{other: "-"},
		{other: "-", owner: rotator.Owner{Existing: true}, want: "tags forbid"},
		{want: "was not made for this secret"},
		{owner: rotator.Owner{Known: true}},
		{owner: rotator.Owner{Adopt: true, Existing: true}},
		{other: "made-by-alberti-for-" + arn},
		{other: "made-by-alberti-for-another", want: "was not made for this secret"},
		{from: "made-by-alberti-for-" + arn},
	} {
		from, to := fmt.Sprintf("owner%d", i), fmt.Sprintf("other%d", i)
		newUser(t, from, "right", c.from)
		permit(t, from, "/")
		if c.other != "-" {
			newUser(t, to, "stranger", "administrator,"+c.other)
		}
		c.owner.SecretARN = arn
		err := session.(rotator.Cloner).Clone(t.Context(), from, to, secret.Text("new-1"), c.owner)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("case %d: %v", i, err)
			}
			if exists(t, to) != (c.other != "-") {
				t.Errorf("case %d: made %s", i, to)
			}
			if c.other != "-" {
				accepts(t, to, "stranger")
			}
			continue
		}
		if err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		accepts(t, to, "new-1")
		refuses(t, to, "stranger")
		same(t, from, to)
	}
}

// TestDrift grants and revokes at the user in use, and has applications try.
func TestDrift(t *testing.T) {
	t.Parallel()
	newUser(t, "drift", "right", "")
	s := alternating(t, value("drift", "right"))
	grant(t, "drift", 0)
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
