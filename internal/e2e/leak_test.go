package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
)

// secrets are texts that must be nowhere in clear, by what they are.
type secrets map[string]string

// add makes a secret text.
func (l secrets) add(what string) string {
	l[what] = rand.Text()
	return l[what]
}

// absent looks for the secrets in some bytes, as they are and as they might be
// written down.
func (l secrets) absent(t *testing.T, where string, in []byte) {
	t.Helper()
	for what, text := range l {
		if text == "" {
			t.Fatalf("%s is empty", what)
		}
		for form, bytesOf := range map[string][]byte{
			"plain": []byte(text), "hex": []byte(hex.EncodeToString([]byte(text))),
			"base64": []byte(strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(text)), "=")[:len(text)]),
		} {
			if bytes.Contains(in, bytesOf) {
				t.Errorf("%s is in %s (%s)", what, where, form)
			}
		}
	}
}

// nowhere looks for them in the database file with its log, the audit trail and
// the server's log.
func (l secrets) nowhere(t *testing.T, s *server) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(s.Data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "root.key" || strings.HasPrefix(d.Name(), "aws-") {
			return err
		}
		text, err := os.ReadFile(path)
		l.absent(t, d.Name(), text)
		n += len(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10000 {
		t.Errorf("only %d bytes to look at", n)
	}
	l.absent(t, "the server's log", []byte(s.stderr.String()))
}

// TestNoSecretInClear does everything that handles a secret, goes wrong with it
// where it can, and looks for it in all that is kept.
func TestNoSecretInClear(t *testing.T) {
	t.Parallel()
	s := serve(t, "--log-level", "debug", "--rotation-retry", "200ms")
	known := secrets{}
	useAPI(t, s, known)
	singly, other := rotateAndFail(t, s, known, single), rotateAndFail(t, s, known, alternating)

	known.nowhere(t, s) // while it runs: its write-ahead log holds everything
	for _, r := range []*rotating{singly, other} {
		for _, args := range []string{"rotation list", "rotation list --json", "rotation show " + r.Name, "rotation show --json " + r.Name} {
			known.absent(t, args, []byte(s.Run(strings.Fields(args)...).ok(t)))
		}
	}
	s.Kill()
	known.nowhere(t, s)
	s.Start()
	s.Stop()
	known.nowhere(t, s)
}

// useAPI writes values in every way there is, also such as are refused.
func useAPI(t *testing.T, s *server, known secrets) {
	t.Helper()
	c := s.Client()
	create(t, c, "leak", known.add("CreateSecret's value"))
	text := known.add("PutSecretValue's value")
	_, err := c.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("leak"), SecretBinary: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	text = known.add("UpdateSecret's value")
	if _, err = c.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{SecretId: aws.String("leak"), SecretString: &text}); err != nil {
		t.Fatal(err)
	}
	if got := value(t, c, "leak"); got != text {
		t.Fatalf("got another value than was put")
	}
	password, err := c.GetRandomPassword(t.Context(), &sdk.GetRandomPasswordInput{ExcludePunctuation: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	known["GetRandomPassword's password"] = *password.RandomPassword
	for what, body := range map[string]string{
		"a wrong type":     `{"Name":"x","SecretString":["%"]}`,
		"malformed JSON":   `{"Name":"x","SecretString":"%`,
		"a bad name":       `{"Name":"a b","SecretString":"%"}`,
		"a wrong member":   `{"Name":5,"SecretString":"%"}`,
		"no base64":        `{"Name":"x","SecretBinary":"%!"}`,
		"both":             `{"Name":"x","SecretString":"%","SecretBinary":"eA=="}`,
		"an unknown key":   `{"Name":"x","SecretString":"%","KmsKeyId":"none"}`,
		"a name in use":    `{"Name":"leak","ClientRequestToken":"00000000-0000-4000-8000-000000000000","SecretString":"%"}`,
		"too long a value": `{"Name":"x","SecretString":"%` + strings.Repeat("x", 1<<16) + `"}`,
	} {
		text := known.add("the value of a request with " + what)
		r := s.Post(s.Signer(), "secretsmanager.CreateSecret", strings.ReplaceAll(body, "%", text), time.Now(), nil)
		if r.status != 400 {
			t.Errorf("%s: %d %s", what, r.status, r.body)
		}
		known.absent(t, "the answer to "+what, []byte(r.body))
	}
	body := `{"Name":"x","SecretString":"` + known.add("the value of a forged request") + `"}`
	s.Post(s.Signer(), "secretsmanager.CreateSecret", body, time.Now(), func(r *http.Request) { r.Header.Set("X-Amz-Target", "other.thing") })
	e, err := app.ReadEndpoint(s.Data)
	if err != nil {
		t.Fatal(err)
	}
	known["the secret access key"] = string(e.SecretAccessKey)
	key, err := os.ReadFile(filepath.Join(s.Data, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	known["the root key"] = strings.TrimSpace(string(key))
}

// rotateAndFail rotates twice, with a failure before the second.
func rotateAndFail(t *testing.T, s *server, known secrets, strategy strategy) *rotating {
	t.Helper()
	r := s.newRotating(strategy)
	r.Rotate()
	r.Succeeds()
	second := r.Rotated(r.First)
	notLogged(t, second)
	setPassword(t, second.User, rand.Text(), "ALTER")
	r.Rotate()
	r.Fails()
	setPassword(t, second.User, second.Password, "ALTER")
	r.Succeeds()
	third := r.Rotated(second)
	notLogged(t, third)
	known["the administrator's password"] = database(t).Password
	for what, l := range map[string]login{"first": r.First, "second": second, "third": third} {
		known["the "+what+" password of "+strategy.name] = l.Password
	}
	return r
}

// notLogged looks for the password that a rotation made in PostgreSQL's log,
// which has every statement.
func notLogged(t *testing.T, l login) {
	t.Helper()
	log := database(t).Log()
	if !strings.Contains(log, "ALTER ROLE \""+l.User+"\"") {
		t.Errorf("PostgreSQL's log does not tell of %s", l.User)
	}
	secrets{"the new password of " + l.User: l.Password}.absent(t, "PostgreSQL's log", []byte(log))
}
