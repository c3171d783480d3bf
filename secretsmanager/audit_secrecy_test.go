package secretsmanager_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestNothingIsStoredInClear looks for the values of secrets in every file that
// the server keeps, after each has been written, read, copied and refused.
func TestNothingIsStoredInClear(t *testing.T) {
	b := newBench(t)
	secrets := []string{"first-hunter2", "second-hunter2", "binary-hunter2", "pending-hunter2", "refused-hunter2", "malformed-hunter2"}
	b.create(t, "db", secrets[0])
	b.put(t, "db", "v2", secrets[1])
	binary := base64.StdEncoding.EncodeToString([]byte(secrets[2]))
	b.does(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","SecretBinary":"`+binary+`"}`)
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v4","SecretString":"`+secrets[1]+`"}`)
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`"}`)
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v5"}`)
	lease := b.claim(t)
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v5","SecretString":"`+secrets[3]+`","VersionStages":["AWSPENDING"],"RotationToken":"$lease"}`)
	for _, stage := range []string{"AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"} {
		b.value(t, "db", stage, "")
	}
	b.does(t, "BatchGetSecretValue", `{"SecretIdList":["db"]}`)
	for _, body := range []string{
		`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"` + secrets[4] + `"}`,
		`{"SecretId":"db","ClientRequestToken":"short","SecretString":"` + secrets[4] + `","VersionStages":[""]}`,
		`{"SecretId":"none","ClientRequestToken":"$v2","SecretString":"` + secrets[4] + `"}`,
		`{"SecretId":7,"SecretString":"` + secrets[5] + `"}`,
		`{"SecretString":"` + secrets[5],
		`{"SecretString":{"` + secrets[5] + `":1}}`,
	} {
		if r := b.post(t, "PutSecretValue", body); r.status != 400 || bytes.Contains([]byte(r.raw), []byte("hunter2")) {
			t.Errorf("%s: %d %s", body, r.status, r.raw)
		}
	}
	password := b.does(t, "GetRandomPassword", `{"ExcludePunctuation":true}`)["RandomPassword"].(string)

	kept := map[string][]byte{"outbox": b.outbox(t)}
	err := filepath.WalkDir(b.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kept[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alberti.db", "alberti.db-wal", "audit/2026-11-21.jsonl"} {
		if len(kept[filepath.Join(b.Dir, name)]) == 0 {
			t.Errorf("%s is not there to be searched", name)
		}
	}
	if !bytes.Contains(kept["outbox"], []byte("PutSecretValue")) || !bytes.Contains(kept[filepath.Join(b.Dir, "alberti.db-wal")], []byte("secret:db-")) {
		t.Error("the search would not find what is there")
	}
	for where, data := range kept {
		for _, secret := range append(secrets, password, "hunter2") {
			for _, spelling := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
				if bytes.Contains(data, []byte(spelling)) {
					t.Errorf("%s holds %s", where, spelling)
				}
			}
		}
		if bytes.Contains(data, []byte(lease)) && filepath.Ext(where) == ".jsonl" {
			t.Errorf("%s holds the RotationToken", where)
		}
	}
}

// outbox reads the events that wait, and leaves them there.
func (b *bench) outbox(t *testing.T) (all []byte) {
	t.Helper()
	stay := errors.New("stay")
	_, err := b.Store.Ship(t.Context(), 1000, func(events [][]byte) error {
		all = bytes.Join(events, []byte("\n"))
		return stay
	})
	if err != nil && !errors.Is(err, stay) {
		t.Fatal(err)
	}
	return all
}
