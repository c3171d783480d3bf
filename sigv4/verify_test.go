package sigv4_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/sigv4"
)

const (
	longTerm  = "AKIDLONGTERM"
	temporary = "ASIATEMPORARY"
	stale     = "ASIASTALE"
	secret    = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	token     = "FwoGZXIvYXdzEXAMPLETOKEN//////////=="
	region    = "eu-central-1"
	service   = "secretsmanager"

	mismatch = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	invalidToken = "The security token included in the request is invalid."
)

var now = time.Date(2025, 11, 6, 13, 26, 8, 500e6, time.UTC)

func lookup(_ context.Context, id, _ string) (sigv4.Key, error) {
	switch id {
	case longTerm:
		return sigv4.Key{Secret: secret}, nil
	case temporary:
		return sigv4.Key{Secret: secret, Token: token, Expires: now.Add(time.Second)}, nil
	case stale:
		return sigv4.Key{Secret: secret, Token: token, Expires: now}, nil
	}
	return sigv4.Key{}, fault.New(fault.UnrecognizedClient, "access key %s: none such", id)
}

func newVerifier() *sigv4.Verifier {
	return &sigv4.Verifier{Now: func() time.Time { return now }, Lookup: lookup}
}

// server verifies every request over a real connection and keeps the outcome.
type server struct {
	*httptest.Server
	cred sigv4.Credential
	err  error
}

func newServer(t *testing.T) *server {
	s, v := &server{}, newVerifier()
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading the body: %v", err)
		}
		s.cred, s.err = v.Verify(r, body, service)
	}))
	t.Cleanup(s.Close)
	return s
}

// ask is a request as the SDK would sign it; the zero fields are the usual ones.
type ask struct {
	path    string
	body    string
	header  map[string][]string
	id      string
	secret  string
	token   string
	service string
	region  string
	at      time.Time
	hash    string
}

func or[T comparable](value, usual T) T {
	var zero T
	if value == zero {
		return usual
	}
	return value
}

func hexHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// request makes the request and has the AWS SDK for Go sign it.
func (a ask) request(t testing.TB, base string) *http.Request {
	body := or(a.body, `{"SecretId":"prod/db"}`)
	r, err := http.NewRequest(http.MethodPost, base+or(a.path, "/"), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	for name, values := range a.header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	creds := aws.Credentials{AccessKeyID: or(a.id, longTerm), SecretAccessKey: or(a.secret, secret), SessionToken: a.token}
	err = v4.NewSigner().SignHTTP(t.Context(), creds, r, or(a.hash, hexHash(body)),
		or(a.service, service), or(a.region, region), or(a.at, now))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *server) send(t *testing.T, r *http.Request) {
	t.Helper()
	s.cred, s.err = sigv4.Credential{}, errors.New("the request did not arrive")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestVerifyAcceptsTheSDK(t *testing.T) {
	s := newServer(t)
	tests := map[string]ask{
		"plain":            {},
		"temporary key":    {id: temporary, token: token},
		"other region":     {region: "moon-1"},
		"empty object":     {body: "{}"},
		"spaces in header": {header: map[string][]string{"X-Amz-Meta-Odd": {"  a   b  c\td "}}},
		"repeated header":  {header: map[string][]string{"X-Amz-Meta-Many": {"one", " two  2", ""}}},
		"user agent":       {header: map[string][]string{"X-Amz-User-Agent": {"aws-sdk-js/3.1 ua/2.1"}}},
		"declared hash":    {body: "x", header: map[string][]string{"X-Amz-Content-Sha256": {hexHash("x")}}},
		"query":            {path: "/?b=2&a=%2Fx%20y&a=1&empty=&flag&p=a+b&u=%C3%A9"},
		"path":             {path: "/2015-03-31/functions/arn%3Aaws%3Alambda/it's%20a%2Fb/invocations"},
		"slow clock":       {at: now.Add(-5 * time.Minute)},
		"fast clock":       {at: now.Add(5 * time.Minute)},
	}
	for name, a := range tests {
		t.Run(name, func(t *testing.T) {
			s.send(t, a.request(t, s.URL))
			if s.err != nil {
				t.Fatal(s.err)
			}
			want := sigv4.Credential{AccessKeyID: or(a.id, longTerm), Date: "20251106", Region: or(a.region, region), Service: service}
			if s.cred != want {
				t.Errorf("credential %v, want %v", s.cred, want)
			}
		})
	}
}

func TestVerifyAcceptsWhatSDKsLeaveUnsigned(t *testing.T) {
	s := newServer(t)
	r := ask{}.request(t, s.URL)
	r.Header.Set("X-Amz-User-Agent", "aws-sdk-js/3.1")
	r.Header.Set("User-Agent", "node")
	r.Header.Set("X-Amzn-Trace-Id", "Root=1-2-3")
	if s.send(t, r); s.err != nil {
		t.Error(s.err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header[name] = []string{value} }
	}
	auth := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	tests := map[string]struct {
		ask    ask
		tamper func(*http.Request)
		kind   fault.Kind
		text   string
	}{
		"body":            {tamper: func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"SecretId":"prod/DB"}`)) }, kind: fault.InvalidSignature, text: mismatch},
		"target":          {tamper: set("X-Amz-Target", "secretsmanager.DeleteSecret"), kind: fault.InvalidSignature, text: mismatch},
		"content type":    {tamper: set("Content-Type", "text/plain"), kind: fault.InvalidSignature, text: mismatch},
		"host":            {tamper: func(r *http.Request) { r.Host = "elsewhere:4566" }, kind: fault.InvalidSignature, text: mismatch},
		"method":          {tamper: func(r *http.Request) { r.Method = "PUT" }, kind: fault.InvalidSignature, text: mismatch},
		"path":            {tamper: func(r *http.Request) { r.URL.Path = "/x" }, kind: fault.InvalidSignature, text: mismatch},
		"query":           {tamper: func(r *http.Request) { r.URL.RawQuery = "a=b" }, kind: fault.InvalidSignature, text: mismatch},
		"date":            {tamper: set("X-Amz-Date", "20251106T132609Z"), kind: fault.InvalidSignature, text: mismatch},
		"second header":   {tamper: func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, kind: fault.InvalidSignature, text: mismatch},
		"signature":       {tamper: auth("Signature=", "Signature=0"), kind: fault.InvalidSignature, text: mismatch},
		"region":          {tamper: auth("/eu-central-1/", "/us-east-1/"), kind: fault.InvalidSignature, text: mismatch},
		"wrong secret":    {ask: ask{secret: "guess"}, kind: fault.InvalidSignature, text: mismatch},
		"other hash":      {ask: ask{header: map[string][]string{"X-Amz-Content-Sha256": {hexHash("other")}}}, kind: fault.InvalidSignature, text: mismatch},
		"unsigned body":   {ask: ask{hash: "UNSIGNED-PAYLOAD", header: map[string][]string{"X-Amz-Content-Sha256": {"UNSIGNED-PAYLOAD"}}}, kind: fault.InvalidSignature, text: mismatch},
		"unsorted list":   {tamper: auth("content-length;content-type", "content-type;content-length"), kind: fault.InvalidSignature, text: mismatch},
		"repeat in list":  {tamper: auth("content-type;", "content-type;content-type;"), kind: fault.InvalidSignature, text: mismatch},
		"unsigned host":   {tamper: auth(";host", ""), kind: fault.InvalidSignature, text: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		"unsigned target": {tamper: auth(";x-amz-target", ""), kind: fault.InvalidSignature, text: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."},
		"added header":    {tamper: set("X-Amz-Meta-New", "x"), kind: fault.InvalidSignature, text: "'X-Amz-Meta-New' must be a 'SignedHeader' in the AWS Authorization."},

		"no header":       {tamper: func(r *http.Request) { r.Header.Del("Authorization") }, kind: fault.MissingAuthentication, text: "Missing Authentication Token"},
		"presigned":       {ask: ask{path: "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00"}, tamper: func(r *http.Request) { r.Header.Del("Authorization") }, kind: fault.MissingAuthentication, text: "Missing Authentication Token"},
		"empty header":    {tamper: set("Authorization", ""), kind: fault.IncompleteSignature, text: "Authorization header cannot be empty"},
		"other algorithm": {tamper: auth("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), kind: fault.IncompleteSignature, text: "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		"odd date":        {tamper: set("X-Amz-Date", "2025-11-06"), kind: fault.IncompleteSignature, text: "Date must be in ISO-8601 'basic format'. Got '2025-11-06'. See http://en.wikipedia.org/wiki/ISO_8601"},

		"short credential": {tamper: auth("/aws4_request", ""), kind: fault.IncompleteSignature, text: "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDLONGTERM/20251106/eu-central-1/secretsmanager'"},
		"terminator":       {tamper: auth("/aws4_request", "/aws5_request"), kind: fault.InvalidSignature, text: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		"service":          {ask: ask{service: "kms"}, kind: fault.InvalidSignature, text: "Credential should be scoped to correct service: 'secretsmanager'."},
		"no region":        {ask: ask{region: "EU West"}, kind: fault.InvalidSignature, text: "Credential should be scoped to a valid region."},
		"scope's day":      {tamper: auth("/20251106/", "/20251105/"), kind: fault.InvalidSignature, text: "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251105' != '20251106', from '20251106T132608Z'."},

		"unknown key":        {ask: ask{id: "AKIDNOBODY"}, kind: fault.UnrecognizedClient, text: invalidToken},
		"token of long term": {ask: ask{token: token}, kind: fault.UnrecognizedClient, text: invalidToken},
		"no token":           {ask: ask{id: temporary}, kind: fault.UnrecognizedClient, text: invalidToken},
		"wrong token":        {ask: ask{id: temporary, token: token + "="}, kind: fault.UnrecognizedClient, text: invalidToken},
		"expired token":      {ask: ask{id: stale, token: token}, kind: fault.ExpiredToken, text: "The security token included in the request is expired"},

		"slow clock": {ask: ask{at: now.Add(-5*time.Minute - time.Second)}, kind: fault.InvalidSignature, text: "Signature expired: 20251106T132107Z is now earlier than 20251106T132108Z (20251106T132608Z - 5 min.)"},
		"fast clock": {ask: ask{at: now.Add(5*time.Minute + time.Second)}, kind: fault.InvalidSignature, text: "Signature not yet current: 20251106T133109Z is still later than 20251106T133108Z (20251106T132608Z + 5 min.)"},

		// The order of the checks: the earlier wins.
		"unknown key, old":     {ask: ask{id: "AKIDNOBODY", at: now.Add(-time.Hour)}, kind: fault.UnrecognizedClient, text: invalidToken},
		"service, unknown key": {ask: ask{id: "AKIDNOBODY", service: "kms"}, kind: fault.InvalidSignature, text: "Credential should be scoped to correct service: 'secretsmanager'."},
		"old, wrong secret":    {ask: ask{secret: "guess", at: now.Add(-time.Hour)}, kind: fault.InvalidSignature, text: "Signature expired: 20251106T122608Z is now earlier than 20251106T132108Z (20251106T132608Z - 5 min.)"},
	}
	s := newServer(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := test.ask.request(t, s.URL)
			if test.tamper != nil {
				test.tamper(r)
			}
			s.send(t, r)
			if kind, text := fault.KindOf(s.err), fault.Message(s.err); s.err == nil || kind != test.kind || text != test.text {
				t.Errorf("got kind %d %q\nwant %d %q", kind, text, test.kind, test.text)
			}
			if s.cred != (sigv4.Credential{}) {
				t.Errorf("a refused request has the credential %v", s.cred)
			}
		})
	}
}

func TestVerifyNamesOnlyTheMissingParts(t *testing.T) {
	const (
		credential = "Authorization header requires 'Credential' parameter. "
		signature  = "Authorization header requires 'Signature' parameter. "
		headers    = "Authorization header requires 'SignedHeaders' parameter. "
		date       = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
		repeated   = "Authorization header has more than one 'Signature' parameter. "
	)
	tests := map[string]struct {
		dated bool
		text  string
	}{
		"Basic dXNlcjpwYXNzd29yZA==": {false, credential + signature + headers + date},
		"AWS4-HMAC-SHA256":           {true, credential + signature + headers},
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, Signature=00":                                   {true, headers},
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host":                             {false, signature + date},
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host, Signature=00, Signature=01": {true, repeated},
	}
	for header, test := range tests {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Authorization", header)
		if test.dated {
			r.Header.Set("X-Amz-Date", "20251106T132608Z")
		}
		_, err := newVerifier().Verify(r, nil, service)
		sum := sha256.Sum256([]byte(header))
		want := test.text + "(Hashed with SHA-256 and encoded with Base64) Authorization=" + base64.StdEncoding.EncodeToString(sum[:])
		if got := fault.Message(err); got != want || fault.KindOf(err) != fault.IncompleteSignature {
			t.Errorf("%s:\n got %q\nwant %q", header, got, want)
		}
	}
}

func TestVerifyPassesOnAFailingLookup(t *testing.T) {
	v, broken := newVerifier(), errors.New("the store is closed")
	v.Lookup = func(context.Context, string, string) (sigv4.Key, error) { return sigv4.Key{}, broken }
	if _, err := v.Verify(ask{}.request(t, "http://localhost"), nil, service); !errors.Is(err, broken) || fault.KindOf(err) != fault.Internal {
		t.Errorf("got %v", err)
	}
}

func TestVerifyForgetsTheKeyOfAnOldSecret(t *testing.T) {
	current := secret
	v := newVerifier()
	v.Lookup = func(context.Context, string, string) (sigv4.Key, error) { return sigv4.Key{Secret: current}, nil }
	verify := func(a ask) error {
		_, err := v.Verify(a.request(t, "http://localhost"), []byte(`{"SecretId":"prod/db"}`), service)
		return err
	}
	for range 2 { // derived, then cached
		if err := verify(ask{}); err != nil {
			t.Fatal(err)
		}
	}
	current = "another"
	if err := verify(ask{}); fault.KindOf(err) != fault.InvalidSignature {
		t.Errorf("the old secret: %v", err)
	}
	if err := verify(ask{secret: current}); err != nil {
		t.Errorf("the new secret: %v", err)
	}
}

func BenchmarkVerify(b *testing.B) {
	v := newVerifier()
	body := []byte(`{"SecretId":"prod/db"}`)
	r := ask{id: temporary, token: token}.request(b, "http://localhost:4566")
	r.Header.Set("User-Agent", "aws-sdk-go-v2/1.47.6")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r, body, service); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifySDK is the alternative: the SDK's own signer signs again.
func BenchmarkVerifySDK(b *testing.B) {
	r := ask{}.request(b, "http://localhost:4566")
	signer, creds := v4.NewSigner(), aws.Credentials{AccessKeyID: longTerm, SecretAccessKey: secret}
	body := []byte(`{"SecretId":"prod/db"}`)
	b.ReportAllocs()
	for b.Loop() {
		again := r.Clone(b.Context())
		if err := signer.SignHTTP(b.Context(), creds, again, hexHash(string(body)), service, region, now); err != nil {
			b.Fatal(err)
		}
		if again.Header.Get("Authorization") != r.Header.Get("Authorization") {
			b.Fatal("other signature")
		}
	}
}
