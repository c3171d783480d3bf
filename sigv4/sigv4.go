// Package sigv4 verifies and makes AWS Signature Version 4 signatures that
// travel in the Authorization header.
//
// It promises that a request which [Verifier.Verify] accepts was made by a
// holder of the named key, less than five minutes ago, for this service, and
// that its method, path, query, host, body and every X-Amz-* header are the
// ones that were signed. Codes and texts of the refusals are AWS's
// (secrets-manager.md, section 1.4).
//
// Three things are left out on purpose. A signature in the query (a presigned
// URL) counts as no authentication: no Secrets Manager client presigns.
// Content-Type need not be signed: the PHP SDK never signs it. An unsigned
// payload is refused: the body is what is being asked.
package sigv4

import (
	"fmt"
	"log/slog"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	// stampFormat is ISO 8601's basic format, always in UTC.
	stampFormat = "20060102T150405Z"
	dayFormat   = "20060102"

	// Names of headers, in the spelling that net/http keeps them under.
	authorizationHeader = "Authorization"
	dateHeader          = "X-Amz-Date"
	bodyHashHeader      = "X-Amz-Content-Sha256"

	redacted = "[redacted]"
)

// TokenHeader has the token of temporary credentials, in the spelling that net/http
// keeps it under.
const TokenHeader = "X-Amz-Security-Token"

// Credential is who signed a request, and for what: the credential scope.
type Credential struct {
	AccessKeyID string
	Date        string // the day in UTC, as in 20251105
	Region      string // whichever the client believes in: any well-formed one is served
	Service     string
}

// String gives the Credential parameter of an Authorization header.
func (c Credential) String() string {
	return c.AccessKeyID + "/" + c.Date + "/" + c.Region + "/" + c.Service + "/" + terminator
}

// Key is the secret half of an access key. It does not print, log or marshal;
// but keep it out of unexported fields of what is printed: there fmt asks no
// method of it.
type Key struct {
	Secret string
	// Token must come as X-Amz-Security-Token; empty for a long-term key, with
	// which no token may come.
	Token string
	// Expires is when a temporary key stops working; zero is never.
	Expires time.Time
}

// Format keeps every verb of fmt from printing the key.
func (Key) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText keeps encoders from writing the key.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue keeps slog from writing the key.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }
