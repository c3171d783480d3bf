package trial

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/secret"
)

// invoke runs one step as Secrets Manager does (secrets-manager.md, 3.3), and tells
// how it went. The function writes nothing in the steps that this is for, so that
// its RotationToken need not be one that the server knows.
func (t *trial) invoke(ctx context.Context, s secret.Step, version string) error {
	event, err := json.Marshal(struct {
		Step               secret.Step
		SecretID           string `json:"SecretId"`
		ClientRequestToken string
		RotationToken      string
	}{s, t.scratch.arn, version, uuid.NewString()})
	if err != nil {
		return err
	}
	began := t.Now()
	out, err := t.API.Invoke(ctx, t.scratch.function, event)
	if err != nil {
		return fmt.Errorf("%s: %w", s, err)
	}
	told := step{Step: string(s), Milliseconds: float64(t.Now().Sub(began)) / float64(time.Millisecond)}
	if out.Error == "" {
		t.tell(told)
		return nil
	}
	told.Error, told.Notes = t.reason(out.Payload), t.lastLines(out.Log)
	t.tell(told)
	return fmt.Errorf("%s failed: %s", s, told.Error)
}

// reason is what a function that failed says of it (lambda.md, 2.7). What was seen
// goes first: half of a password, where a text is cut, would not be known.
func (t *trial) reason(payload []byte) string {
	var said struct {
		Text string `json:"errorMessage"`
		Type string `json:"errorType"`
	}
	if json.Unmarshal(payload, &said) != nil || said.Text == "" {
		return "the function failed: " + brief(t.seen.Text(string(payload)))
	}
	return cmp.Or(said.Type, "the function failed") + ": " + brief(t.seen.Text(said.Text))
}

// As much as a rotation's history keeps.
const (
	shownLines = 20   // of a log
	shownText  = 1000 // characters of an error or a line
)

// brief is a text in one line, and not too long.
func brief(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if short := []rune(text); len(short) > shownText {
		return string(short[:shownText]) + "…"
	}
	return text
}

// lastLines are the last of a log in base64.
func (t *trial) lastLines(log string) (lines []string) {
	text, err := base64.StdEncoding.DecodeString(log)
	if err != nil {
		return nil
	}
	for line := range strings.Lines(t.seen.Text(string(text))) {
		if line = brief(line); line != "" {
			lines = append(lines, "log: "+line)
		}
	}
	return lines[max(0, len(lines)-shownLines):]
}
