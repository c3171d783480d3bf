package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// These go before the names of operations, but not of Lambda's and IAM's, which are
// on other wires.
const (
	SecretsManager = "secretsmanager."
	Logs           = "Logs_20140328."
	Alberti        = "alberti."
)

// limit is how long an operation may take in all. Lambda's have none: functions run
// for minutes, and large ones take long to arrive.
const limit = 30 * time.Second

// Call calls an operation, and reads its answer into out, nil for none. It makes one
// attempt: not every operation may be done twice.
func (c *Client) Call(ctx context.Context, operation string, in, out any) error {
	return c.call(ctx, operation, nil, in, out)
}

func (c *Client) call(ctx context.Context, operation string, again func(error) bool, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	a, err := c.do(ctx, request{
		service: signingName(operation), method: http.MethodPost, path: "/", body: body, again: again,
		header: map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": operation},
	})
	if err != nil {
		return err
	}
	return a.into(out)
}

// signingName is the service that an operation's requests are signed for.
func signingName(operation string) string {
	if strings.HasPrefix(operation, Logs) {
		return "logs"
	}
	return "secretsmanager"
}

// into reads an answer in JSON; out is nil where nothing of it is needed.
func (a answer) into(out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, out); err != nil {
		return fmt.Errorf("the server's answer cannot be read: %w", err)
	}
	return nil
}
