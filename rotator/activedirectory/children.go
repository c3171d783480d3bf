package activedirectory

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/jcmturner/gokrb5/v8/keytab"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// child is a secret that holds a keytab.
type child struct {
	id      string
	stages  map[string][]string
	members map[string]jsontext.Value // of a value
	keytab  *keytab.Keytab            // in that value, nil when it holds none yet
}

// errNotKeytab is without the parser's words, which may quote the value.
var errNotKeytab = errors.New("its value is not a JSON object")

// read reads a version of a child.
func (f keytabs) read(ctx context.Context, r *rotator.Run, id, version, label string) (child, error) {
	c := child{id: id}
	v, err := r.Secrets.GetSecretValue(ctx, id, version, label)
	if err != nil {
		return c, err
	}
	if v.IsBinary() || json.Unmarshal(v.Reveal(), &c.members) != nil || c.members == nil {
		return c, errNotKeytab
	}
	if contents := c.text(f.keys.Contents); contents != "" {
		r.Saw(contents)
		if c.keytab, err = parseKeytab(contents); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c child) text(key string) string {
	var s string
	if json.Unmarshal(c.members[key], &s) != nil {
		return ""
	}
	return s
}

// wanted are the principals that the child names.
func (f keytabs) wanted(c child) (names []string, err error) {
	if raw := c.members[f.keys.Principals]; len(raw) > 0 && json.Unmarshal(raw, &names) != nil {
		return nil, fmt.Errorf("its %s key is not a list of texts", f.keys.Principals)
	}
	return names, nil
}

// current reads a child, and refuses one that this rotation is not to touch.
//
// Whoever may write the parent's value may name any secret there. So the child
// must name the parent, which takes the right to write the child
// (rotation-functions.md, 16.9). Its list of principals must be that of its
// keytab, as AWS's template wants it, lest a list that somebody changed gives a
// service the keys of another.
func (f keytabs) current(ctx context.Context, r *rotator.Run, id string) (child, error) {
	c, err := f.read(ctx, r, id, "", secret.Current)
	if err != nil {
		return c, err
	}
	if id == r.SecretID || c.text(f.keys.Parent) != r.SecretID {
		return c, fmt.Errorf("its %s key does not name %s: write it there to have the keytab rotated", f.keys.Parent, r.SecretID)
	}
	d, err := r.Secrets.DescribeSecret(ctx, id)
	if err != nil {
		return c, err
	}
	if d.RotationEnabled {
		return c, errors.New("it has a rotation of its own, but is rotated with its parent")
	}
	c.stages = d.Stages
	wanted, err := f.wanted(c)
	if err != nil || len(wanted) == 0 || c.keytab == nil {
		return c, err
	}
	slices.Sort(wanted)
	if has := namesIn(c.keytab); !slices.Equal(slices.Compact(wanted), has) {
		return c, fmt.Errorf("its %s are %q, but its keytab is for %q: see who changed them", f.keys.Principals, wanted, has)
	}
	return c, nil
}

// space is where the versions of keytabs have their names.
var space = uuid.MustParse("5a3c8a0e-6b1f-4c3e-9c56-3f0d7a1e2b94")

// versionFor names the version of a child that a rotation makes. The version of
// the key is part of it: a password that was put back and set again has another,
// and a keytab with the one before would be refused by the service.
func versionFor(r *rotator.Run, id string, key uint32) string {
	return uuid.NewSHA1(space, fmt.Appendf(nil, "%s %s %d", r.Token, id, key)).String()
}

// made finds the keytab that this rotation made, pending or promoted already.
func (f keytabs) made(ctx context.Context, r *rotator.Run, id string) (c child, version string, err error) {
	d, err := r.Secrets.DescribeSecret(ctx, id)
	if err != nil {
		return c, "", err
	}
	for _, label := range []string{secret.Pending, secret.Current} {
		for version, labels := range d.Stages {
			if !slices.Contains(labels, label) {
				continue
			}
			c, err := f.read(ctx, r, id, version, label)
			if fault.KindOf(err) == fault.NotFound {
				continue
			}
			if err != nil {
				return c, "", err
			}
			if c.stages = d.Stages; c.keytab != nil && version == versionFor(r, id, versionIn(c.keytab)) {
				return c, version, nil
			}
		}
	}
	return c, "", errors.New("it has no keytab of this rotation")
}

// renew gives a child a pending version with a keytab of the pending password.
func (f keytabs) renew(ctx context.Context, r *rotator.Run, s *session, c child) error {
	version := versionFor(r, c.id, s.own.version)
	if len(c.stages[version]) > 0 {
		return nil // by an earlier attempt
	}
	wanted, err := f.wanted(c)
	if err != nil {
		return err
	}
	names, err := s.own.choose(wanted, s.domain.realm())
	if err != nil {
		return err
	}
	made, err := makeKeytab(s.login.Password, s.said, s.own, names, s.domain.realm())
	if err != nil {
		return err
	}
	value, err := f.filled(c, made, s)
	if err != nil {
		return err
	}
	return r.Secrets.PutSecretValue(ctx, c.id, version, value, []string{secret.Pending})
}

// filled is the value of a child with another keytab. It depends on nothing but
// the child and the account, so that a call that is repeated says the same.
func (f keytabs) filled(c child, made []byte, s *session) (secret.Value, error) {
	var count int
	if raw := c.members[f.keys.Version]; len(raw) > 0 && json.Unmarshal(raw, &count) != nil {
		return secret.Value{}, fmt.Errorf("its %s key is not a number", f.keys.Version)
	}
	for key, value := range map[string]any{
		f.keys.Contents:  base64.StdEncoding.EncodeToString(made),
		f.keys.Version:   count + 1,
		f.keys.Changed:   s.own.setAt().UTC().Format(time.RFC3339),
		f.keys.Directory: s.login.Host,
	} {
		raw, err := json.Marshal(value)
		if err != nil {
			return secret.Value{}, err
		}
		c.members[key] = raw
	}
	out, err := json.Marshal(c.members, json.Deterministic(true))
	return secret.Text(string(out)), err
}
