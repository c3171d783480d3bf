package httpapi

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// read makes sure that a value is an object, and keeps the texts in it out of
// errors: any of them may be the credential.
func (a *api) read(r *rotator.Run) func(secret.Value, error) (secret.Value, error) {
	return func(v secret.Value, err error) (secret.Value, error) {
		if err != nil {
			return v, err
		}
		members, err := rotator.Members(v)
		for _, m := range members {
			saw(r, m)
		}
		return v, err
	}
}

// shortest is the least length of a text that is kept out of errors: a shorter
// one is no credential, and would tear holes into words.
const shortest = 6

func saw(r *rotator.Run, v jsontext.Value) {
	switch found := readable(v).(type) {
	case string:
		if len(found) >= shortest {
			r.Saw(found)
		}
	case map[string]any, []any:
		for _, inner := range inside(v) {
			saw(r, inner)
		}
	}
}

// inside are the values in an object or a list.
func inside(v jsontext.Value) (out []jsontext.Value) {
	var members map[string]jsontext.Value
	if json.Unmarshal(v, &members) == nil {
		for _, m := range members {
			out = append(out, m)
		}
		return out
	}
	if json.Unmarshal(v, &out) != nil {
		return nil
	}
	return out
}

// readable is a JSON value as templates see it: numbers as they are written.
func readable(v jsontext.Value) any {
	var text string
	var members map[string]jsontext.Value
	var list []jsontext.Value
	switch v.Kind() {
	case '"':
		if json.Unmarshal(v, &text) == nil {
			return text
		}
	case '{':
		out := map[string]any{}
		if json.Unmarshal(v, &members) == nil {
			for key, m := range members {
				out[key] = readable(m)
			}
		}
		return out
	case '[':
		out := []any{}
		if json.Unmarshal(v, &list) == nil {
			for _, e := range list {
				out = append(out, readable(e))
			}
		}
		return out
	}
	return string(v)
}

// data is what a request about a value is filled with.
func (a *api) data(ctx context.Context, r *rotator.Run, v, inForce secret.Value) (data, error) {
	d := data{"token": r.Token, "secret": r.SecretID}
	for name, value := range map[string]secret.Value{"value": v, "inForce": inForce} {
		if _, err := rotator.Members(value); err != nil {
			return nil, err
		}
		d[name] = readable(value.Reveal())
	}
	if a.Admin != "" {
		admin, err := a.read(r)(r.Secrets.GetSecretValue(ctx, a.Admin, "", secret.Current))
		if err != nil {
			return nil, fmt.Errorf("the administrator's secret %s: %w", a.Admin, err)
		}
		d["admin"] = readable(admin.Reveal())
	}
	return d, nil
}

// sameAccount tells whether two values differ in nothing but what rotations make.
func (a *api) sameAccount(v, w secret.Value) bool {
	return a.agree(v, w, func(key string) bool { return !slices.Contains(a.made(), key) })
}

// sameCredential tells whether two values agree in what rotations make.
func (a *api) sameCredential(v, w secret.Value) bool {
	return a.agree(v, w, func(key string) bool { return slices.Contains(a.made(), key) })
}

// agree compares the members of two values whose keys count.
func (a *api) agree(v, w secret.Value, counts func(key string) bool) bool {
	one, err1 := rotator.Members(v)
	two, err2 := rotator.Members(w)
	if err1 != nil || err2 != nil {
		return false
	}
	drop := func(key string, _ jsontext.Value) bool { return !counts(key) }
	maps.DeleteFunc(one, drop)
	maps.DeleteFunc(two, drop)
	return maps.EqualFunc(one, two, func(x, y jsontext.Value) bool {
		return x.Canonicalize() == nil && y.Canonicalize() == nil && bytes.Equal(x, y)
	})
}
