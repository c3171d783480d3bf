package identity_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/alberti-dev/alberti/internal/doortest"
)

// trail gives the lines of the trail.
func (b *bench) trail(t testing.TB) (text string, events []map[string]any) {
	t.Helper()
	text = string(b.Trailed(t))
	for line := range strings.Lines(text) {
		var event map[string]any
		done(t, json.Unmarshal([]byte(line), &event))
		events = append(events, event)
	}
	return text, events
}

// TestTrail: every call leaves one event, whatever came of it, and no secret.
func TestTrail(t *testing.T) {
	b := chain(t, "")
	role := b.asRoot(t, "Second", trusts(assume, account, ""))
	_, err := b.assume(t, sts.AssumeRoleInput{RoleArn: &role})
	if err == nil {
		t.Error("it may")
	}
	b.As(b.session(t, b.asRoot(t, "Third", trustLambda), "fn"))
	out, err := b.assume(t, sts.AssumeRoleInput{RoleArn: &role})
	done(t, err)
	_, err = b.IAM.GetRole(t.Context(), &iamsdk.GetRoleInput{RoleName: aws.String("None")})
	doortest.Refused(t, err, "NoSuchEntity", "The role with name None cannot be found.")
	b.post(t, "Action=ListRoles&Version=2010-05-08&MaxItems=x")
	text, events := b.trail(t)
	for name, hidden := range map[string]string{"secret": *out.Credentials.SecretAccessKey, "token": *out.Credentials.SessionToken} {
		if strings.Contains(text, hidden) {
			t.Errorf("the trail has the %s", name)
		}
	}
	got := ""
	for _, e := range events {
		source, _, _ := strings.Cut(fmt.Sprint(e["eventSource"]), ".")
		got += fmt.Sprint(source, ":", e["eventName"], " ", e["readOnly"], " ", e["errorCode"], "\n")
	}
	const want = `iam:CreateRole false <nil>
sts:AssumeRole true <nil>
iam:CreateRole false <nil>
iam:PutRolePolicy false <nil>
sts:AssumeRole true AccessDenied
iam:CreateRole false <nil>
iam:PutRolePolicy false <nil>
sts:AssumeRole true <nil>
sts:AssumeRole true <nil>
iam:GetRole true NoSuchEntity
iam:ListRoles true MalformedInput
`
	if got != want {
		t.Errorf("the trail is\n%s", got)
	}
	byLambda, _ := json.Marshal([]any{events[1]["userIdentity"], events[1]["requestParameters"], events[1]["resources"]})
	if string(byLambda) != `[{"accountId":"000000000000","invokedBy":"lambda.amazonaws.com","type":"AWSService"},`+
		`{"durationSeconds":3600,"roleArn":"arn:aws:iam::000000000000:role/First","roleSessionName":"fn"},`+
		`[{"ARN":"arn:aws:iam::000000000000:role/First","accountId":"000000000000","type":"AWS::IAM::Role"}]]` {
		t.Errorf("Lambda's session: %s", byLambda)
	}
	chained, _ := json.Marshal([]any{events[8]["userIdentity"].(map[string]any)["arn"], events[8]["responseElements"]})
	if !strings.Contains(string(chained), "assumed-role/Third/fn") || !strings.Contains(string(chained), *out.Credentials.AccessKeyId) {
		t.Errorf("the session begun from one: %s", chained)
	}
}

// TestUnauditedChangesAreNotMade: where the trail cannot be written, nothing is
// changed and nobody gets a session.
func TestUnauditedChangesAreNotMade(t *testing.T) {
	b := newBench(t)
	role := b.role(t, "App", trustLambda, "")
	done(t, os.RemoveAll(filepath.Join(b.Dir, "audit")))
	done(t, os.WriteFile(filepath.Join(b.Dir, "audit"), nil, 0o600))
	b.Advance(25 * 3600e9) // to a new file
	if made, _, err := b.sessions.ForFunction(t.Context(), account, role, "fn", 3600e9); err == nil || made.AccessKeyID != "" {
		t.Error("there is a session that nobody knows of")
	}
	_, err := b.IAM.CreateRole(t.Context(), &iamsdk.CreateRoleInput{RoleName: aws.String("Unseen"), AssumeRolePolicyDocument: aws.String(trustLambda)})
	doortest.Refused(t, err, "ServiceFailure", "An error occurred on the server side.")
	_, err = b.STS.GetCallerIdentity(t.Context(), nil)
	doortest.Refused(t, err, "ServiceFailure", "An error occurred on the server side.")
}
