package influxdb_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/influxdb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// bed is a secret of a token, and the server that it is for.
type bed struct {
	*rotatortest.Subject
	*fake
	t *testing.T
}

// newBed makes a token of a type, and a secret that rotates it.
func newBed(t *testing.T, kind string) *bed {
	t.Helper()
	return newBedBy(t, multiUser, newFake(t), kind)
}

// newBedBy likewise, with a function of one's own.
func newBedBy(t *testing.T, strategy rotatortest.Strategy, f *fake, kind string) *bed {
	t.Helper()
	app := f.user("app", "first-Password-1")
	rights := []map[string]any{permit("read", "buckets", "0000000000000b01", orgID), permit("write", "buckets", "0000000000000b02", orgID)}
	switch kind {
	case "operator":
		rights = everything("")
	case "allAccess":
		rights = everything(orgID)
	}
	token := f.token(app, "made by a person", rights...).Token
	m := rotatortest.NewSecrets()
	admin := rotatortest.New(t, m, "admin", rotator.SingleUser, influxdb.Engine{}, f.value(t, "admin", "admin-Password-1"))
	host, port := place(t, f.Server)
	s := rotatortest.New(t, m, "token", strategy, nil, map[string]any{
		"engine": "timestream-influxdb", "host": host, "port": port, "ssl": false,
		"org": "acme", "type": kind, "token": token, "adminSecretArn": admin.ID, "note": 1.50,
	})
	return &bed{s, f, t}
}

// token is that of a label.
func (b *bed) tokenOf(label string) string {
	v, err := b.Secrets.GetSecretValue(context.Background(), b.ID, "", label)
	if err != nil {
		return ""
	}
	return rotatortest.Member(v, "token")
}

// authOf is what a token stands for.
func (b *bed) authOf(token string) fakeAuth {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.auths {
		if a.Token == token {
			return *a
		}
	}
	b.t.Fatal("there is no such token")
	return fakeAuth{}
}

// TestTokens rotates tokens of each type. The old one works until the next
// rotation, and no more than two are left.
func TestTokens(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"operator", "allAccess", "custom"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, kind)
			first := b.authOf(b.tokenOf(secret.Current))
			before := ""
			for range 4 {
				old := b.tokenOf(secret.Current)
				b.Rotate()
				now := b.tokenOf(secret.Current)
				if now == old || !b.works(now) || !b.works(old) || before != "" && b.works(before) {
					t.Errorf("now %v, old %v, before %v", b.works(now), b.works(old), b.works(before))
				}
				if n := b.count(); n != 2 {
					t.Errorf("%d tokens are left", n)
				}
				if a := b.authOf(now); a.UserID != first.UserID || len(a.Permissions) != len(first.Permissions) || a.OrgID != first.OrgID ||
					!strings.Contains(a.Description, b.ID) || !strings.Contains(a.Description, b.Subject.Token) {
					t.Errorf("the new token is %+v, the first was %+v", a, first)
				}
				before = old
			}
			v, _ := b.Secrets.GetSecretValue(t.Context(), b.ID, "", secret.Current)
			if text := string(v.Reveal()); !strings.Contains(text, `"note":1.5`) {
				t.Errorf("the value became %s", text)
			}
		})
	}
}

// TestAnyMoment breaks the connection at each request of a rotation, before or
// after it was done, and runs the rotation again: it ends with the new token and
// the one before, and nothing that is read is ever out of force.
func TestAnyMoment(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"operator", "custom"} {
		for _, after := range []bool{false, true} {
			for n := 0; ; n++ {
				b := newBed(t, kind)
				b.Rotate()
				old := b.tokenOf(secret.Current)
				left := n
				b.with(func() {
					b.cut = func(_ *http.Request, done bool) bool {
						if done == after {
							left--
						}
						return done == after && left < 0
					}
				})
				b.Begin()
				failed := false
				for _, step := range rotatortest.Steps {
					if err := b.Step(step); err != nil {
						failed = true
						break
					}
				}
				b.with(func() { b.cut = nil })
				if !b.works(b.tokenOf(secret.Current)) || !b.works(old) {
					t.Fatalf("%s, cut off at request %d: AWSCURRENT is out of force", kind, n)
				}
				b.Run(rotatortest.Steps...)
				now := b.tokenOf(secret.Current)
				if now == old || !b.works(now) || !b.works(old) || b.count() != 2 {
					t.Errorf("%s, cut off at request %d: now %v, old %v, %d tokens", kind, n, b.works(now), b.works(old), b.count())
				}
				if !failed {
					if n < 8 {
						t.Errorf("%s: there were no more than %d requests", kind, n)
					}
					break
				}
			}
		}
	}
}

// TestAbandoned takes AWSPENDING off: the token of that rotation goes at the end of
// the next.
func TestAbandoned(t *testing.T) {
	t.Parallel()
	b := newBed(t, "custom")
	b.Begin()
	b.Run(secret.CreateSecret, secret.SetSecret)
	lost := b.tokenOf(secret.Pending)
	if err := b.Secrets.UpdateSecretVersionStage(t.Context(), b.ID, secret.Pending, "", b.Token); err != nil {
		t.Fatal(err)
	}
	b.Rotate()
	if b.works(lost) || b.count() != 2 {
		t.Errorf("the token of an abandoned rotation works: %v; %d tokens", b.works(lost), b.count())
	}
}

// TestOwnLabel keeps the token of a version that somebody put a label on, and
// tokens of others.
func TestOwnLabel(t *testing.T) {
	t.Parallel()
	b := newBed(t, "custom")
	app := b.users[1]
	stranger := b.fake.token(app, "made by alberti for another secret, version 1", permit("read", "buckets", "", orgID)).Token
	kept := b.tokenOf(secret.Current)
	versions, err := b.Secrets.ListSecretVersionIDs(t.Context(), b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Secrets.UpdateSecretVersionStage(t.Context(), b.ID, "mine", versions[0], ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.Rotate()
	}
	if !b.works(kept) || !b.works(stranger) {
		t.Errorf("of a labelled version: %v, of a stranger: %v", b.works(kept), b.works(stranger))
	}
}

// TestHidden meets a server that tells a token only once.
func TestHidden(t *testing.T) {
	t.Parallel()
	b := newBed(t, "custom")
	b.Rotate()
	b.with(func() { b.hides = true })
	for range 3 {
		b.Rotate()
	}
	if !b.works(b.tokenOf(secret.Current)) || !b.works(b.tokenOf(secret.Previous)) {
		t.Error("a token is out of force")
	}
	person := newBed(t, "custom")
	person.with(func() { person.hides = true })
	person.Begin()
	if err := person.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "hides tokens") {
		t.Errorf("createSecret: %v", err)
	}
}

// TestRefusals are values that must not be rotated.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]map[string]any{
		"type key of the secret JSON must be": {"type": "other"},
		"adminSecretArn key is missing":       {"adminSecretArn": nil},
		"token key is missing":                {"token": ""},
		"org key is missing":                  {"org": ""},
		"Database engine must be set":         {"engine": "postgres"},
		"authentication refused":              {"token": "stolen"},
		"is not that of the admin secret":     {"host": "localhost"},
		"without TLS":                         {"ssl": true},
		"permission map":                      {"type": "custom", "operator": true},
	} {
		b := newBed(t, "custom")
		if change["operator"] == true { // the administrator may not give what it has not
			b = newBed(t, "operator")
		}
		v, err := b.Secrets.GetSecretValue(t.Context(), b.ID, "", secret.Current)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(changed(t, v, change))
		count := b.count()
		b.Begin()
		if err := b.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want the words %q", change, err, says)
		}
		if b.count() != count {
			t.Errorf("%v: a token was made", change)
		}
	}
}

// TestAnotherToken fills AWSPENDING with a token that is for something else.
func TestAnotherToken(t *testing.T) {
	t.Parallel()
	b := newBed(t, "custom")
	more := b.fake.token(b.users[1], "more", permit("read", "buckets", "", orgID)).Token
	v, err := b.Secrets.GetSecretValue(t.Context(), b.ID, "", secret.Current)
	if err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]map[string]any{
		"is not for what the current one is": {"token": more},
		"Attempting to replace a token":      {"token": more, "type": "allAccess"},
		"authentication refused":             {"token": "none"},
	} {
		b.Begin()
		b.Fill(changed(t, v, change))
		if err := b.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v, want the words %q", change, err, says)
		}
		if err := b.Secrets.UpdateSecretVersionStage(t.Context(), b.ID, secret.Pending, "", b.Subject.Token); err != nil {
			t.Fatal(err)
		}
	}
}
