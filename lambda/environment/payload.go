package environment

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The descriptions of failures that are the platform's own (lambda.md, 2.7).

func failure(kind, text string) []byte { return failureOf("errorType", kind, "errorMessage", text) }

// failureOf makes an object of strings, in the order given: callers compare texts.
func failureOf(pairs ...string) []byte {
	b := []byte{'{'}
	for i, text := range pairs {
		quoted, err := json.Marshal(text, jsontext.AllowInvalidUTF8(true))
		if err != nil {
			panic(err) // strings can be quoted
		}
		b = append(b, quoted...)
		b = append(b, ":,"[i%2])
	}
	b[len(b)-1] = '}'
	return b
}

func timedOut(requestID string, after time.Duration) []byte {
	return failure("Sandbox.Timedout", fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", requestID, after.Seconds()))
}

// crashed describes the end of a process: its text is that of process.exitText.
func crashed(requestID, text string) []byte {
	return failure("Runtime.ExitError", "RequestId: "+requestID+" Error: "+text)
}

func invalidEntrypoint(requestID string, looked []string) []byte {
	return failure("Runtime.InvalidEntrypoint", fmt.Sprintf("RequestId: %s Error: Couldn't find valid bootstrap(s): %v", requestID, looked))
}

// newID is 32 random hexadecimal digits.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// newTrace makes an X-Ray header of a trace that is not sampled: runtimes expect one.
func newTrace(now time.Time) string {
	id := newID()
	return fmt.Sprintf("Root=1-%08x-%s;Parent=%s;Sampled=0", now.Unix(), id[:24], newID()[:16])
}
