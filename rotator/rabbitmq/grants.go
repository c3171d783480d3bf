package rabbitmq

import (
	"context"
	"errors"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// kind is one of the things that a user is granted.
type kind struct {
	name   string
	list   func(user string) string // the path that lists them
	place  func(user string, g grant) string
	remove func(user string, g grant) string
	// coarse tells that a removal takes off more than the one: all topic permissions
	// in a virtual host go together.
	coarse bool
	read   func(jsontext.Value) (map[grant]string, error)
}

// grant says what is granted: where, and of what exchange or which limit.
type grant struct{ vhost, name string }

// kinds are all of them. What is granted is kept as the body that grants it.
var kinds = []kind{
	{
		name:   "limits",
		list:   func(user string) string { return path("user-limits", user) },
		place:  func(user string, g grant) string { return path("user-limits", user, g.name) },
		remove: func(user string, g grant) string { return path("user-limits", user, g.name) },
		read:   readLimits,
	},
	{
		name:   "permissions",
		list:   func(user string) string { return path("users", user, "permissions") },
		place:  func(user string, g grant) string { return path("permissions", g.vhost, user) },
		remove: func(user string, g grant) string { return path("permissions", g.vhost, user) },
		read:   readPermissions,
	},
	{
		name:   "topic permissions",
		list:   func(user string) string { return path("users", user, "topic-permissions") },
		place:  func(user string, g grant) string { return path("topic-permissions", g.vhost, user) },
		remove: func(user string, g grant) string { return path("topic-permissions", g.vhost, user) },
		coarse: true,
		read:   readTopics,
	},
}

// granted reads what a user has of a kind. A broker that is too old for limits, or
// for topic permissions, knows no such path, and its users have none.
func (s *session) granted(ctx context.Context, k kind, user string) (map[grant]string, error) {
	var list jsontext.Value
	err := s.api.get(ctx, k.list(user), &list)
	var answer *answerError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, notAllowed(err)
	}
	return k.read(list)
}

// change takes off what is not wanted, then gives what is.
func (s *session) change(ctx context.Context, k kind, user string, want, have map[grant]string) error {
	for g := range have {
		if _, wanted := want[g]; wanted {
			continue
		}
		if err := s.api.delete(ctx, k.remove(user, g)); err != nil && !isGone(err) {
			return err
		}
		if k.coarse {
			have = without(have, g.vhost)
		}
	}
	for g, body := range want {
		if have[g] == body {
			continue
		}
		if err := s.api.put(ctx, k.place(user, g), jsontext.Value(body)); err != nil {
			return err
		}
	}
	return nil
}

// isGone tells of something that was to be removed and is not there.
func isGone(err error) bool {
	var answer *answerError
	return errors.As(err, &answer) && answer.Status == http.StatusNotFound
}

// without is what is left when all in a virtual host went.
func without(have map[grant]string, vhost string) map[grant]string {
	left := map[grant]string{}
	for g, body := range have {
		if g.vhost != vhost {
			left[g] = body
		}
	}
	return left
}

func readLimits(list jsontext.Value) (map[grant]string, error) {
	var users []struct {
		Value map[string]int64 `json:"value"`
	}
	if err := json.Unmarshal(list, &users); err != nil {
		return nil, err
	}
	out := map[grant]string{}
	for _, user := range users {
		for limit, value := range user.Value {
			body, err := json.Marshal(map[string]int64{"value": value})
			if err != nil {
				return nil, err
			}
			out[grant{name: limit}] = string(body)
		}
	}
	return out, nil
}

// permission is what a user may do in a virtual host, as patterns.
type permission struct {
	Configure string `json:"configure"`
	Write     string `json:"write"`
	Read      string `json:"read"`
}

func readPermissions(list jsontext.Value) (map[grant]string, error) {
	var all []struct {
		Vhost string `json:"vhost"`
		permission
	}
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	out := map[grant]string{}
	for _, p := range all {
		body, err := json.Marshal(p.permission)
		if err != nil {
			return nil, err
		}
		out[grant{vhost: p.Vhost}] = string(body)
	}
	return out, nil
}

// topic is which routing keys a user may write to and read from an exchange.
type topic struct {
	Exchange string `json:"exchange"`
	Write    string `json:"write"`
	Read     string `json:"read"`
}

func readTopics(list jsontext.Value) (map[grant]string, error) {
	var all []struct {
		Vhost string `json:"vhost"`
		topic
	}
	if err := json.Unmarshal(list, &all); err != nil {
		return nil, err
	}
	out := map[grant]string{}
	for _, t := range all {
		body, err := json.Marshal(t.topic)
		if err != nil {
			return nil, err
		}
		out[grant{vhost: t.Vhost, name: t.Exchange}] = string(body)
	}
	return out, nil
}
