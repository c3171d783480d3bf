package app

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/restjson"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// brought is a rotation function that a user brought: a function of Lambda's API,
// invoked as AWS Secrets Manager invokes it (secrets-manager.md, 3.3).
type brought struct {
	arn     string
	lambda  *lambda.Service
	secrets rotator.Connect // to know what must not be repeated of what it says
}

// secretsManager is what policies of functions call this service.
const secretsManager = "secretsmanager.amazonaws.com"

// rotating is Secrets Manager as it calls for a secret.
func rotating(secretARN string) iam.Caller {
	part := strings.SplitN(secretARN, ":", 6) // arn:aws:secretsmanager:REGION:ACCOUNT:…
	caller := iam.NewService(secretsManager, part[3])
	caller.SourceARN, caller.SourceAccount = secretARN, part[4]
	return caller
}

// Guarded implements rotation.Function: nobody knows what it changes, and when.
func (brought) Guarded() bool { return false }

// Limit implements rotation.Limiter: a function has a timeout of its own, and is
// ended by that.
func (brought) Limit() time.Duration { return longestInvocation }

// longestInvocation is the longest timeout of a function, and what it takes to
// start one and to end it.
const longestInvocation = 16 * time.Minute

// Invoke implements rotation.Function. What the function returns does not count,
// only whether it failed. What it said last goes into the history with a failure,
// without any text of the secret's values or of what it was given besides.
func (b brought) Invoke(ctx context.Context, e rotation.Event) error {
	event, err := json.Marshal(struct {
		Step               secret.Step
		SecretID           string `json:"SecretId"`
		ClientRequestToken string
		RotationToken      string
	}{e.Step, e.SecretID, e.Token, e.RotationToken})
	if err != nil {
		return err
	}
	out, private, err := b.admitted(ctx, e, event)
	if err == nil && out.FunctionError == nil {
		return nil
	}
	seen, unread := b.seen(ctx, e)
	if unread != nil {
		return fmt.Errorf("the function failed: what it said is withheld, as the values of the secret could not be read to keep them out of it: %w", unread)
	}
	if err != nil {
		return errors.New(brief(seen.Text(err.Error()))) // Lambda's words, or those of whoever runs it elsewhere
	}
	for _, text := range private {
		seen.Saw(text)
	}
	for _, line := range lastLines(seen.Text(logOf(out))) {
		e.Report.Note("log: %s", line)
	}
	return errors.New(reason(out.Payload.Reveal(), seen))
}

// A function that is throttled after it changed the target keeps applications from
// their database until it is admitted. So there a step asks again, for a while.
const (
	throttleWait  = 10 * time.Second
	throttlePause = 50 * time.Millisecond // before it asks again; it doubles
)

// admitted invokes the function, and says which limit it was where it is throttled.
func (b brought) admitted(ctx context.Context, e rotation.Event, event []byte) (*lambda.InvokeOutput, []string, error) {
	changed := e.Step == secret.TestSecret || e.Step == secret.FinishSecret
	for waited, pause := time.Duration(0), throttlePause; ; waited, pause = waited+pause, 2*pause {
		out, private, err := b.invoke(ctx, e.SecretID, event)
		var throttled *restjson.Throttled
		switch {
		case !errors.As(err, &throttled):
			return out, private, err
		case !changed || e.TestOnly || waited+pause > throttleWait:
			return nil, nil, fmt.Errorf("%w (%s)", err, throttled.Reason)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, nil, ctx.Err()
		}
	}
}

func (b brought) invoke(ctx context.Context, secretARN string, event []byte) (*lambda.InvokeOutput, []string, error) {
	tail := "Tail"
	in := &lambda.InvokeInput{FunctionName: &b.arn, LogType: &tail, Payload: awsjson.NewSensitiveBlob(event)}
	from := door.Call{Caller: rotating(secretARN), RequestID: uuid.NewString(), SourceIP: secretsManager, UserAgent: secretsManager, TLS: true}
	return b.lambda.InvokeInside(ctx, from, in)
}

// seen has the texts of the secret's values that the function may have seen. It
// fails where there is one that cannot be read here: the function may.
func (b brought) seen(ctx context.Context, e rotation.Event) (*secret.Scrubber, error) {
	var s secret.Scrubber
	s.Saw(e.RotationToken)
	c := b.secrets(e)
	for _, label := range []string{secret.Pending, secret.Current, secret.Previous} {
		v, err := c.GetSecretValue(ctx, e.SecretID, "", label)
		switch {
		case err == nil:
			s.SawValue(v)
		case fault.KindOf(err) != fault.NotFound:
			return nil, err
		}
	}
	return &s, nil
}

// reason is what a function that failed says of it, in one line: the type and the
// text of its error (lambda.md, 2.7).
func reason(payload []byte, seen *secret.Scrubber) string {
	var said struct {
		Text string `json:"errorMessage"`
		Type string `json:"errorType"`
	}
	if json.Unmarshal(payload, &said) != nil || said.Text == "" {
		return "the function failed: " + brief(seen.Text(string(payload)))
	}
	return cmp.Or(said.Type, "the function failed") + ": " + brief(seen.Text(said.Text))
}

func logOf(out *lambda.InvokeOutput) string {
	log, err := base64.StdEncoding.DecodeString(out.LogResult.Reveal())
	if err != nil {
		return "" // ours is base64
	}
	return whole(string(log))
}

// whole is a log without its first line where that is not whole: half of a password
// would not be known.
func whole(log string) string {
	if len(log) < lambda.MaxLog {
		return log
	}
	_, rest, _ := strings.Cut(log, "\n")
	return rest
}

const (
	maxLines = 20   // of a function's log in the history
	maxBrief = 1000 // characters of an error or a line there
)

// lastLines are the last of a log, without empty ones.
func lastLines(log string) (lines []string) {
	for line := range strings.Lines(log) {
		if line = brief(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines[max(0, len(lines)-maxLines):]
}

// brief is a text in one line, not too long, and with nothing in it that a terminal
// would heed.
func brief(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, text)
	if short := []rune(text); len(short) > maxBrief {
		return string(short[:maxBrief]) + "…"
	}
	return text
}
