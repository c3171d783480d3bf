package activedirectory_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jcmturner/gokrb5/v8/keytab"

	"github.com/alberti-dev/alberti/internal/adtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// family is a user's secret with those of its keytabs.
type family struct {
	*rotatortest.Subject
	t        *testing.T
	user     string
	children []string

	writes int  // how many calls that write there were
	cutAt  int  // the one that fails, if not 0
	late   bool // it fails when it was done
}

var errCut = errors.New("cut off")

// newFamily makes a user with two services, and a keytab for each list of
// principals.
func newFamily(t *testing.T, user string, lists ...[]string) *family {
	t.Helper()
	newUser(t, user, "first-Password-1", "HTTP/"+user+".test", "postgres/"+user+".test")
	m := rotatortest.NewSecrets()
	f := &family{t: t, user: user}
	for i, principals := range lists {
		value, err := json.Marshal(map[string]any{"schemaVersion": "1.0", "name": fmt.Sprint(i), "principals": principals, "keytabContents": ""})
		must(t, err)
		id, err := m.Add(fmt.Sprintf("%s-keytab-%d", user, i), string(value))
		must(t, err)
		must(t, m.Cancel(id)) // it has no rotation of its own
		f.children = append(f.children, id)
	}
	strategy := func(_ rotator.Engine, c rotator.Config) contract.Function {
		connect := c.Connect
		c.Connect = func(e contract.Event) rotator.Secrets { return &cutting{connect(e), f} }
		return activedirectory.WithKeytabs(c, activedirectory.KeysFromEnv(noEnv))
	}
	f.Subject = rotatortest.New(t, m, user, strategy, nil, with(seamless(user, "first-Password-1"), "keytabArns", f.children))
	for _, id := range f.children {
		f.change(id, "parentSecretArn", f.ID)
	}
	return f
}

// cutting is Secrets Manager that fails at a certain write.
type cutting struct {
	rotator.Secrets
	of *family
}

func (c *cutting) cut(write func() error) error {
	c.of.writes++
	if c.of.writes != c.of.cutAt {
		return write()
	}
	if c.of.late {
		must(c.of.t, write())
	}
	return errCut
}

func (c *cutting) PutSecretValue(ctx context.Context, id, token string, v secret.Value, stages []string) error {
	return c.cut(func() error { return c.Secrets.PutSecretValue(ctx, id, token, v, stages) })
}

func (c *cutting) UpdateSecretVersionStage(ctx context.Context, id, stage, to, from string) error {
	if id == c.of.ID && stage == secret.Current {
		for _, child := range c.of.children { // there is no second chance for them
			if c.of.member(child, secret.Current, "version") != c.of.member(child, secret.Pending, "version") {
				c.of.t.Errorf("the password is promoted before its keytab %s", child)
			}
		}
	}
	return c.cut(func() error { return c.Secrets.UpdateSecretVersionStage(ctx, id, stage, to, from) })
}

func (f *family) members(id, label string) map[string]any {
	f.t.Helper()
	v, err := f.Secrets.GetSecretValue(context.Background(), id, "", label)
	must(f.t, err)
	var members map[string]any
	must(f.t, json.Unmarshal(v.Reveal(), &members))
	return members
}

func (f *family) member(id, label, key string) any { return f.members(id, label)[key] }

// change writes a key of a child's value, as a person does.
func (f *family) change(id, key string, to any) {
	f.t.Helper()
	value, err := json.Marshal(with(f.members(id, secret.Current), key, to))
	must(f.t, err)
	must(f.t, f.Secrets.Write(id, string(value)))
}

// password is the one under a label.
func (f *family) password(label string) string {
	f.t.Helper()
	return f.member(f.ID, label, "awsSeamlessDomainPassword").(string)
}

// works wants the password and each keytab to be in force, by MIT's kinit.
func (f *family) works(version float64) {
	f.t.Helper()
	accepts(f.t, f.user, f.password(secret.Current))
	for _, id := range f.children {
		members := f.members(id, secret.Current)
		if members["version"] != version || members["parentSecretArn"] != f.ID || members["awsSeamlessDomainDirectoryId"] != server.Host || members["lastModifiedDateTime"] == nil {
			f.t.Errorf("the keytab is %v, want version %v", without(members, "keytabContents"), version)
		}
		raw, names := f.keytab(id)
		for _, name := range names {
			if strings.Contains(name, "/") {
				continue // a service: the KDC gives tickets for it, not to it
			}
			if err := server.KinitKeytab(name, raw); err != nil {
				f.t.Errorf("%s: %v", name, err)
			}
		}
		if err := server.Accepts(f.user, f.password(secret.Current), names, raw); err != nil {
			f.t.Error(err)
		}
	}
}

// keytab gives the current keytab of a child, and its principals.
func (f *family) keytab(id string) ([]byte, []string) {
	f.t.Helper()
	raw, err := base64.StdEncoding.DecodeString(f.member(id, secret.Current, "keytabContents").(string))
	must(f.t, err)
	k := keytab.New()
	must(f.t, k.Unmarshal(raw))
	var names []string
	for _, e := range k.Entries {
		names = append(names, e.Principal.String())
	}
	slices.Sort(names)
	return raw, slices.Compact(names)
}

func without(members map[string]any, key string) map[string]any {
	delete(members, key)
	return members
}

func TestKeytabs(t *testing.T) {
	t.Parallel()
	all := []string{"HTTP/keytabs.test@" + adtest.Realm, "keytabs@" + adtest.Realm, "postgres/keytabs.test@" + adtest.Realm}
	f := newFamily(t, "keytabs", nil, all[:2], all[2:])
	for round := range 3 {
		f.Rotate()
		f.works(float64(round + 1))
	}
	for i, want := range [][]string{all, all[:2], all[2:]} {
		if _, names := f.keytab(f.children[i]); !slices.Equal(names, want) {
			t.Errorf("keytab %d is for %q, want %q", i, names, want)
		}
	}
}

// TestRenamed is an account whose keys are salted with its old name: a keytab
// with the usual salt would not work.
func TestRenamed(t *testing.T) {
	t.Parallel()
	f := newFamily(t, "renamed-before", nil)
	must(t, server.Replace(adtest.UserDN("renamed-before"), map[string][]string{"sAMAccountName": {"renamed-after"}}))
	s := single(t, seamless("renamed-after", "first-Password-1"))
	s.Begin()
	s.Fill(seamless("renamed-after", "first-Password-1")) // nothing is to be done but to log in
	s.Run(secret.SetSecret, secret.TestSecret)
	value, err := json.Marshal(with(f.members(f.ID, secret.Current), "awsSeamlessDomainUsername", "renamed-after"))
	must(t, err)
	must(t, f.Secrets.Write(f.ID, string(value)))
	f.user = "renamed-after"
	f.Rotate()
	f.works(1)
}

// TestKeytabsCutOff stops a rotation at each write, before and after it is done,
// and has it run again from its beginning.
func TestKeytabsCutOff(t *testing.T) {
	t.Parallel()
	const writes = 6 // the password's value, two keytabs, their labels, the password's label
	for _, late := range []bool{false, true} {
		for at := 1; at <= writes; at++ {
			f := newFamily(t, fmt.Sprintf("cut-%d-%v", at, late), nil, nil)
			f.cutAt, f.late = at, late
			f.Begin()
			cut := 0
			for try := 0; try < 3; try++ {
				err := f.attempt()
				if err == nil {
					break
				}
				if cut++; !errors.Is(err, errCut) {
					t.Fatalf("cut off at write %d: %v", at, err)
				}
			}
			if cut != 1 {
				t.Errorf("write %d: cut off %d times", at, cut)
			}
			must(t, f.Secrets.Finish(f.ID, f.Token))
			for _, id := range f.children {
				raw, _ := f.keytab(id)
				if err := server.KinitKeytab(f.user, raw); err != nil || f.member(id, secret.Current, "version") != 1.0 {
					t.Errorf("cut off at write %d: %v", at, err)
				}
			}
			accepts(t, f.user, f.password(secret.Current))
		}
	}
}

// attempt runs the steps, as a runner does, up to one that fails.
func (f *family) attempt() error {
	for _, step := range rotatortest.Steps {
		if err := f.Step(step); err != nil {
			return err
		}
	}
	return nil
}

// TestSetAgain has the password put back and set once more after the keytabs were
// made: their version of the key is out of date then.
func TestSetAgain(t *testing.T) {
	t.Parallel()
	f := newFamily(t, "set-again", nil)
	f.Begin()
	f.Run(secret.CreateSecret, secret.SetSecret)
	must(t, server.Reset("set-again", "first-Password-1"))
	must(t, server.Reset("set-again", f.password(secret.Pending)))
	if err := f.Step(secret.TestSecret); err == nil || !strings.Contains(err.Error(), "the password was set again meanwhile") {
		t.Errorf("testSecret: %v", err)
	}
	f.Run(rotatortest.Steps...)
	f.works(1)
}

// TestStrangeKeytabs names secrets that are not to be written: nothing may be
// changed then, the password neither.
func TestStrangeKeytabs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(f *family, id string)
		says   string
	}{
		"no-parent":      {func(f *family, id string) { f.change(id, "parentSecretArn", nil) }, "does not name"},
		"another-parent": {func(f *family, id string) { f.change(id, "parentSecretArn", id) }, "does not name"},
		"principals": {func(f *family, id string) {
			f.change(id, "principals", []string{"HTTP/" + f.user + ".test@" + adtest.Realm, "krbtgt/" + adtest.Realm + "@" + adtest.Realm})
		}, "see who changed them"},
		"list":      {func(f *family, id string) { f.change(id, "principals", "all") }, "not a list"},
		"contents":  {func(f *family, id string) { f.change(id, "keytabContents", "====") }, "not base64"},
		"no-keytab": {func(f *family, id string) { f.change(id, "keytabContents", "BQI=") }, "no keytab"},
		"gone": {func(f *family, id string) {
			f.Write(with(f.members(f.ID, secret.Current), "keytabArns", []string{"gone"}))
		}, "can't find"},
		"none": {func(f *family, id string) { f.Write(with(f.members(f.ID, secret.Current), "keytabArns", nil)) }, "keytabArns key is missing"},
		"itself": {func(f *family, id string) {
			f.Write(with(with(f.members(f.ID, secret.Current), "keytabArns", []string{f.ID}), "parentSecretArn", f.ID))
		}, "does not name"},
	} {
		f := newFamily(t, "strange-"+name, nil)
		f.Rotate() // so that there is a keytab
		c.change(f, f.children[0])
		before, password := f.members(f.children[0], secret.Current), f.password(secret.Current)
		f.Begin()
		f.Run(secret.CreateSecret)
		if err := f.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want the words %q", name, err, c.says)
		}
		accepts(t, f.user, password)
		if after := f.members(f.children[0], secret.Current); fmt.Sprint(after) != fmt.Sprint(before) {
			t.Errorf("%s: the keytab was changed", name)
		}
	}
}

// TestUnknownPrincipal wants a keytab for a service that the account is not.
func TestUnknownPrincipal(t *testing.T) {
	t.Parallel()
	f := newFamily(t, "unknown-spn", []string{"HTTP/elsewhere.test@" + adtest.Realm})
	f.Begin()
	f.Run(secret.CreateSecret)
	if err := f.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "is no principal of the account unknown-spn") {
		t.Errorf("setSecret: %v", err)
	}
	// Once the account is that service, the same rotation goes on.
	must(t, server.Replace(adtest.UserDN("unknown-spn"), map[string][]string{"servicePrincipalName": {"HTTP/elsewhere.test"}}))
	f.Run(rotatortest.Steps...)
	f.works(1)
}

// TestNoKDC rotates a password where there is no Kerberos, and says so; a keytab
// cannot be made then.
func TestNoKDC(t *testing.T) {
	t.Parallel()
	newUser(t, "no-kdc", "first-Password-1")
	s := single(t, with(seamless("no-kdc", "first-Password-1"), "kdc", server.Host+":1"))
	if err := set(s); err != nil || !strings.Contains(strings.Join(s.Report.Notes, "\n"), "by LDAP alone") {
		t.Errorf("setSecret: %v, notes %q", err, s.Report.Notes)
	}
	f := newFamily(t, "no-kdc-keytab", nil)
	f.Write(with(f.members(f.ID, secret.Current), "kdc", server.Host+":1"))
	f.Begin()
	f.Run(secret.CreateSecret)
	if err := f.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "a keytab needs a KDC") {
		t.Errorf("setSecret: %v", err)
	}
}
