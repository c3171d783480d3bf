package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// container answers as AWS's Runtime Interface Emulator does, with a rotation
// function behind it that has credentials of its own: it shows its token.
type container struct {
	t      *testing.T
	client *sdk.Client
	broken bool
}

func (c *container) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event struct{ Step, SecretId, ClientRequestToken, RotationToken string }
	if r.URL.Path != "/2015-03-31/functions/function/invocations" || json.NewDecoder(r.Body).Decode(&event) != nil {
		http.NotFound(w, r)
		return
	}
	if c.broken {
		io.WriteString(w, `{"errorMessage":"out of order","errorType":"Maintenance"}`)
		return
	}
	if err := c.step(event.Step, event.SecretId, event.ClientRequestToken, event.RotationToken); err != nil {
		c.t.Error(err)
	}
	io.WriteString(w, "null")
}

func (c *container) step(step, id, token, rotation string) error {
	label, text := "AWSCURRENT", "made in a container"
	switch step {
	case "createSecret":
		_, err := c.client.PutSecretValue(c.t.Context(), &sdk.PutSecretValueInput{
			SecretId: &id, ClientRequestToken: &token, RotationToken: &rotation, SecretString: &text, VersionStages: []string{"AWSPENDING"},
		})
		return err
	case "finishSecret":
		now, err := c.client.GetSecretValue(c.t.Context(), &sdk.GetSecretValueInput{SecretId: &id})
		if err != nil {
			return err
		}
		_, err = c.client.UpdateSecretVersionStage(c.t.Context(), &sdk.UpdateSecretVersionStageInput{
			SecretId: &id, VersionStage: &label, MoveToVersionId: &token, RemoveFromVersionId: now.VersionId,
		})
		return err
	}
	return nil
}

// TestFunctionRegister rotates by a function in a container, in two commands.
func TestFunctionRegister(t *testing.T) {
	t.Parallel()
	s := serve(t)
	there := &container{t: t, client: s.Client()}
	web := httptest.NewServer(there)
	t.Cleanup(web.Close)
	out := s.Run("function", "register", "far", "--url", web.URL).ok(t)
	const arn = "arn:aws:lambda:us-east-1:000000000000:function:far"
	if !strings.Contains(out, "far runs at "+web.URL) || !strings.Contains(out, arn) {
		t.Errorf("%s", out)
	}
	s.Run("function", "register", "far", "--url", web.URL).ok(t) // once more is no mistake
	create(t, s.Client(), "rotates/far", "first")
	r := &rotating{s: s, strategy: strategy{function: arn}, Name: "rotates/far"}
	r.Rotate()
	r.Succeeds()
	if got := value(t, s.Client(), r.Name); got != "made in a container" {
		t.Errorf("the secret is %q", got)
	}
	there.broken = true
	r.Rotate()
	if says := r.Fails(); !strings.Contains(says, "during createSecret step: Maintenance: out of order") {
		t.Errorf("%s", says)
	}
}

// TestFunctionRegisterRefuses says in one line what is wrong.
func TestFunctionRegisterRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "give either --url or --arn"},
		{[]string{"--url", "http://localhost:1", "--arn", "arn:aws:lambda:eu-west-1:123456789012:function:f"}, 2, "give either --url or --arn"},
		{[]string{"--url", "localhost:1"}, 1, "InvalidParameterValueException: Container images are not run here."},
		{[]string{"--url", "http://localhost:1", "--role", "arn:aws:iam::000000000000:role/none"}, 1,
			"InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda."},
	} {
		s.Run(append([]string{"function", "register", "far"}, c.args...)...).refused(t, c.code, c.says)
	}
}
