package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/sigv4"
)

// endpoint finds the server to talk to: the one that the AWS variables name, or
// the one whose data directory this is.
func endpoint(data string) (app.Endpoint, error) {
	e := app.Endpoint{
		URL: os.Getenv("AWS_ENDPOINT_URL"), Region: os.Getenv("AWS_REGION"),
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: app.Secret(os.Getenv("AWS_SECRET_ACCESS_KEY")),
	}
	if data == "" && e.URL != "" && e.AccessKeyID != "" {
		if e.Region == "" {
			e.Region = app.DefaultRegion
		}
		return e, nil
	}
	if data == "" {
		data = app.Defaults().Data
	}
	return app.ReadEndpoint(data)
}

// These go before the names of operations of AWS's own.
const (
	secretsManager = "secretsmanager."
	cloudWatchLogs = "Logs_20140328."
)

// signingName is the service that an operation's requests are signed for.
func signingName(operation string) string {
	if strings.HasPrefix(operation, cloudWatchLogs) {
		return "logs"
	}
	return "secretsmanager"
}

// ask calls one of Alberti's own operations, or one of AWS's.
func ask(ctx context.Context, e app.Endpoint, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL+"/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	if !strings.Contains(operation, ".") {
		operation = "alberti." + operation
	}
	r.Header.Set("X-Amz-Target", operation)
	signer := sigv4.Signer{
		AccessKeyID: e.AccessKeyID, Key: sigv4.Key{Secret: string(e.SecretAccessKey)}, Region: e.Region, Service: signingName(operation),
	}
	signer.Sign(r, body, time.Now())
	answer, err := (&http.Client{Timeout: 30 * time.Second}).Do(r)
	if err != nil {
		return fmt.Errorf("no answer from %s: %w", e.URL, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return refusal(text)
	}
	return json.Unmarshal(text, out)
}

// plainly is a refusal that came through AWS's SDK, as the others are told.
func plainly(err error) error {
	var e smithy.APIError
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %s", e.ErrorCode(), e.ErrorMessage())
	}
	return err
}

func refusal(body []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // encoding/json reads Message into it too
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("the server answered %q", body)
	}
	return fmt.Errorf("%s: %s", e.Type, e.Message)
}
