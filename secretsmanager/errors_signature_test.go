package secretsmanager_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/sigv4"
)

const stamp = "20060102T150405Z"

// signed is a request of somebody who does something wrong: signer before it
// signs, when it is signed, spoil afterwards.
type signed struct {
	signer func(*sigv4.Signer)
	after  time.Duration
	spoil  func(*http.Request)
}

// send is the request, to a server that checks signatures.
func (s signed) send(t *testing.T, b *bench) reply {
	t.Helper()
	verifier := &sigv4.Verifier{Now: b.Now, Lookup: func(_ context.Context, id, _ string) (sigv4.Key, error) {
		switch id {
		case "AKIATEST":
			return sigv4.Key{Secret: "secret"}, nil
		case "ASIASTALE":
			return sigv4.Key{Secret: "secret", Token: "stale", Expires: b.Now()}, nil
		}
		return sigv4.Key{}, fault.New(fault.UnrecognizedClient, "no such key")
	}}
	b.authenticate = func(r *http.Request, body []byte) (iam.Caller, error) {
		c, err := verifier.Verify(r, body, "secretsmanager")
		return iam.NewRoot(account, region, c.AccessKeyID), err
	}
	const body = `{"SecretId":"db"}`
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	signer := &sigv4.Signer{AccessKeyID: "AKIATEST", Key: sigv4.Key{Secret: "secret"}, Region: region, Service: "secretsmanager"}
	if s.signer != nil {
		s.signer(signer)
	}
	signer.Sign(r, []byte(body), b.Now().Add(s.after))
	if s.spoil != nil {
		s.spoil(r)
	}
	return send(t, r)
}

// signatureErrors are of section 1.4.
func signatureErrors() map[situation]reproduction {
	start := time.Date(2026, 11, 21, 9, 30, 15, 0, time.UTC)
	at := func(d time.Duration) string { return start.Add(d).Format(stamp) }
	own := func(*testing.T, *bench) {} // whoever checks signatures checks all
	of := func(s signed, fill ...string) reproduction { return reproduction{given: own, send: s.send, fill: fill} }
	return map[situation]reproduction{
		{"(any)", "no credentials"}:                          of(signed{spoil: func(r *http.Request) { r.Header.Del("Authorization") }}),
		{"(any)", "empty Authorization header"}:              of(signed{spoil: func(r *http.Request) { r.Header.Set("Authorization", "") }}),
		{"(any)", "unknown access key or bad session token"}: of(signed{signer: func(s *sigv4.Signer) { s.AccessKeyID = "AKIANOBODY" }}),
		{"(any)", "expired session token"}: of(signed{signer: func(s *sigv4.Signer) {
			s.AccessKeyID, s.Key.Token = "ASIASTALE", "stale"
		}}),
		{"(any)", "signature mismatch"}: of(signed{signer: func(s *sigv4.Signer) { s.Key.Secret = "guess" }}),
		{"(any)", "date older than 5 minutes"}: of(signed{after: -6 * time.Minute},
			"<YYYYMMDDTHHMMSSZ request>", at(-6*time.Minute), "<now-5min>", at(-5*time.Minute), "<now>", at(0)),
		{"(any)", "date in the future"}: of(signed{after: 6 * time.Minute},
			"<request>", at(6*time.Minute), "<now+5min>", at(5*time.Minute), "<now>", at(0)),
		{"(any)", "wrong region in credential scope"}:  of(signed{signer: func(s *sigv4.Signer) { s.Region = "moon base" }}),
		{"(any)", "wrong service in credential scope"}: of(signed{signer: func(s *sigv4.Signer) { s.Service = "s3" }}),
	}
}
