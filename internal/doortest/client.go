package doortest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
)

// Keys are those of a client whose signature nobody checks.
var Keys = aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""))

// Whole reads an answer to its end before it hands it to the SDK. Of an answer
// that comes at once the SDK ends the request while it is still being written, and
// net/http then drops the connection: what is left of a long answer is lost
// (smithy-go 1.28.8, safeWriteToReadCloser; aws-sdk-go-v2, issue 2737).
type Whole struct{}

// Do implements the SDK's HTTPClient.
func (Whole) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, err
}

// Refused holds an SDK's error against a code and a text.
func Refused(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || api.ErrorMessage() != text {
		t.Errorf("got  %v\nwant %s: %s", err, code, text)
	}
}
