package secretsmanager_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/iam"
)

// breaks are ways for a trail to become unwritable. Each gives how to mend it.
var breaks = map[string]func(t *testing.T, dir string) (mend func()){
	"a full disk": func(t *testing.T, dir string) func() {
		file := filepath.Join(dir, "2026-11-22.jsonl")
		if err := os.Symlink("/dev/full", file); err != nil {
			t.Fatal(err)
		}
		return func() { os.Remove(file) }
	},
	"no directory": func(t *testing.T, dir string) func() {
		if err := os.Rename(dir, dir+"-gone"); err != nil {
			t.Fatal(err)
		}
		return func() { os.Rename(dir+"-gone", dir) }
	},
	"a directory for a file": func(t *testing.T, dir string) func() {
		file := filepath.Join(dir, "2026-11-22.jsonl")
		if err := os.Mkdir(file, 0o700); err != nil {
			t.Fatal(err)
		}
		return func() { os.Remove(file) }
	},
}

// fails wants an answer that tells nothing but that the server failed.
func (b *bench) fails(t *testing.T, operation, body string) {
	t.Helper()
	r := b.post(t, operation, body)
	if want := `{"__type":"InternalServiceError","Message":"An error occurred on the server side."}`; r.status != 500 || r.raw != want {
		t.Errorf("%s %s:\n got %d %s\nwant 500 %s", operation, body, r.status, r.raw, want)
	}
}

// unread describes a secret without the day of its last read: a value that was
// read for an answer that then failed counts as read.
func (b *bench) unread(t *testing.T, id string) string {
	t.Helper()
	d := b.does(t, "DescribeSecret", `{"SecretId":"`+id+`"}`)
	delete(d, "LastAccessedDate")
	return asJSON(d)
}

// TestWithoutTrail: what cannot be audited does not happen, and is not told.
func TestWithoutTrail(t *testing.T) {
	for name, breakTrail := range breaks {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(t, "db", "one")
			before := b.unread(t, "db")
			b.Advance(24 * time.Hour)
			mend := breakTrail(t, filepath.Join(b.Dir, "audit"))
			for _, operation := range []string{"GetSecretValue", "DescribeSecret", "ListSecretVersionIds"} {
				b.fails(t, operation, `{"SecretId":"db"}`)
				b.fails(t, operation, `{"SecretId":"none"}`) // refusals are not told either
				b.fails(t, operation, `{"SecretId":`)
			}
			b.fails(t, "ListSecrets", `{}`)
			b.fails(t, "GetRandomPassword", `{}`)
			b.As(roleWith())
			b.fails(t, "GetSecretValue", `{"SecretId":"db"}`)
			b.As(iam.NewRoot(account, region, "AKIATEST"))
			for operation, body := range map[string]string{
				"CreateSecret":       `{"Name":"new","ClientRequestToken":"$v1","SecretString":"x"}`,
				"PutSecretValue":     `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`,
				"TagResource":        `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`,
				"DeleteSecret":       `{"SecretId":"db"}`,
				"RotateSecret":       rotateDB,
				"CancelRotateSecret": `{"SecretId":"db"}`,
			} {
				b.fails(t, operation, body)
			}

			mend()
			if after := b.unread(t, "db"); after != before {
				t.Errorf("while it could not be audited\n%s became\n%s", before, after)
			}
			b.refuses(t, "DescribeSecret", `{"SecretId":"new"}`, "ResourceNotFoundException", notFound)
			b.events(t)
			b.put(t, "db", "v2", "two")
			if got := b.value(t, "db", "", ""); got != "two" {
				t.Errorf("mended, it holds %q", got)
			}
			if got := b.events(t); len(got) != 2 {
				t.Errorf("mended, the trail has %d events of two calls", len(got))
			}
		})
	}
}

// TestFirstChangeWithoutTrail: a change brings its event into the store, so
// the trail may fail unnoticed before it, and nothing is lost.
func TestFirstChangeWithoutTrail(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.events(t)
	b.Advance(24 * time.Hour)
	mend := breaks["no directory"](t, filepath.Join(b.Dir, "audit"))
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`)
	mend()
	if got := b.events(t); len(got) != 1 || got[0].EventName != "PutSecretValue" || !got[0].Outbox {
		t.Errorf("%+v", got)
	}
}
