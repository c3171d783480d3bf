package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBadRequests holds the answers to requests that no SDK would send: a code
// and a status of AWS's, never one of our own faults, and the server goes on.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create(t, s.Client(), "here", "x")
	now := time.Now()
	const get, list = "secretsmanager.GetSecretValue", "secretsmanager.ListSecrets"
	const here = `{"SecretId":"here"}`
	header := func(name, text string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, text) }
	}
	without := func(name string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Del(name) }
	}
	for _, c := range []struct {
		name         string
		target, body string
		when         time.Time
		spoil        func(*http.Request) // after signing
		status       int
		code, text   string
	}{
		{"good", get, here, now, nil, 200, "", `"SecretString":"x"`},

		{"no credentials", get, here, now, without("Authorization"), 400, "MissingAuthenticationTokenException", "Missing Authentication Token"},
		{"empty Authorization", get, here, now, header("Authorization", " "), 400, "IncompleteSignatureException", "Authorization header cannot be empty"},
		{"malformed Authorization", get, here, now, header("Authorization", "AWS4-HMAC-SHA256 x"), 400, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "},
		{"no date", get, here, now, without("X-Amz-Date"), 400, "IncompleteSignatureException", "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{"another date", get, here, now, header("X-Amz-Date", now.Add(time.Minute).UTC().Format("20060102T150405Z")), 400, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
		{"another target", get, here, now, header("X-Amz-Target", "secretsmanager.DeleteSecret"), 400, "InvalidSignatureException", "The request signature we calculated does not match"},
		{"expired", get, here, now.Add(-6 * time.Minute), nil, 400, "InvalidSignatureException", "Signature expired: "},
		{"long expired", get, here, now.AddDate(-1, 0, 0), nil, 400, "InvalidSignatureException", "Signature expired: "},
		{"from the future", get, here, now.Add(6 * time.Minute), nil, 400, "InvalidSignatureException", "Signature not yet current: "},

		{"unknown operation", "secretsmanager.StealSecret", here, now, nil, 400, "UnknownOperationException", ""},
		{"unknown service", "dynamodb.GetItem", here, now, nil, 400, "UnknownOperationException", ""},
		{"no target", "", here, now, nil, 400, "UnknownOperationException", ""},
		{"odd target", "secretsmanager", here, now, nil, 400, "UnknownOperationException", ""},

		{"not JSON", get, `{"SecretId":`, now, nil, 400, "SerializationException", ""},
		{"no JSON at all", get, `SecretId=here`, now, nil, 400, "SerializationException", ""},
		{"two values", get, here + here, now, nil, 400, "SerializationException", ""},
		{"a list", get, `[]`, now, nil, 400, "SerializationException", ""},
		{"a number for a text", get, `{"SecretId":5}`, now, nil, 400, "SerializationException", ""},
		{"a text for a number", list, `{"MaxResults":"5"}`, now, nil, 400, "SerializationException", ""},
		{"a text for a list", list, `{"Filters":"x"}`, now, nil, 400, "SerializationException", ""},
		{"no base64", "secretsmanager.CreateSecret", `{"Name":"n","SecretBinary":"%%%"}`, now, nil, 400, "SerializationException", ""},
		{"bad UTF-8", get, "{\"SecretId\":\"\xff\"}", now, nil, 400, "", ""},
		{"deep nesting", get, strings.Repeat(`{"a":`, 20000), now, nil, 400, "SerializationException", ""},
		{"a number too large for any", list, `{"MaxResults":1e999}`, now, nil, 400, "", ""},

		{"missing member", get, `{}`, now, nil, 400, "ValidationException", "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"},
		{"null member", get, `{"SecretId":null}`, now, nil, 400, "ValidationException", "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"},
		{"too long", get, `{"SecretId":"` + strings.Repeat("a", 2049) + `"}`, now, nil, 400, "ValidationException", "at 'secretId' failed to satisfy constraint: Member must have length less than or equal to 2048"},
		{"too short", get, `{"SecretId":"here","VersionId":"v1"}`, now, nil, 400, "ValidationException", "Value 'v1' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32"},
		{"too big", list, `{"MaxResults":101}`, now, nil, 400, "ValidationException", "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"},
		{"too small", list, `{"MaxResults":0}`, now, nil, 400, "ValidationException", "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"no such value", list, `{"SortOrder":"up"}`, now, nil, 400, "ValidationException", "Value 'up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: ["},
		{"several", list, `{"SortOrder":"up","MaxResults":0}`, now, nil, 400, "ValidationException", "2 validation errors detected: "},
		{"bad name", get, `{"SecretId":"a b"}`, now, nil, 400, "ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"},
		{"bad token", list, `{"NextToken":"guess"}`, now, nil, 400, "InvalidNextTokenException", ""},

		{"2 MiB", "secretsmanager.CreateSecret", `{"Name":"n","SecretString":"` + strings.Repeat("x", 2<<20) + `"}`, now, nil, 413, "RequestEntityTooLarge", ""},
		{"too large a value", "secretsmanager.CreateSecret", `{"Name":"n","SecretString":"` + strings.Repeat("x", 65537) + `"}`, now, nil, 400, "ValidationException", "Member must have length less than or equal to 65536"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := s.Post(s.Signer(), c.target, c.body, c.when, c.spoil)
			got := parse[struct {
				Type    string `json:"__type"`
				Message string
			}](t, r.body)
			if r.status != c.status || c.code != "" && got.Type != c.code || !strings.Contains(r.body, c.text) && !strings.Contains(got.Message, c.text) {
				t.Errorf("got %d %s\nwant %d %s %q", r.status, r.body, c.status, c.code, c.text)
			}
			if len(r.header.Get("X-Amzn-Requestid")) != 36 || r.header.Get("Content-Type") != "application/x-amz-json-1.1" {
				t.Errorf("headers %v", r.header)
			}
		})
	}
	if got := value(t, s.Client(), "here"); got != "x" {
		t.Errorf("afterwards: %q", got)
	}
}

// TestBadKeys are signatures by the wrong hand.
func TestBadKeys(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for name, c := range map[string]struct {
		change     func(id, secret, token, region, service *string)
		code, text string
	}{
		"unknown key":    {func(id, _, _, _, _ *string) { *id = "AKIANOBODYNOBODYNOBO" }, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"wrong secret":   {func(_, secret, _, _, _ *string) { *secret += "x" }, "InvalidSignatureException", "The request signature we calculated does not match"},
		"session token":  {func(_, _, token, _, _ *string) { *token = "made up" }, "UnrecognizedClientException", "The security token included in the request is invalid."},
		"other service":  {func(_, _, _, _, service *string) { *service = "s3" }, "InvalidSignatureException", "Credential should be scoped to correct service: 'secretsmanager'."},
		"any region":     {func(_, _, _, region, _ *string) { *region = "eu-central-2" }, "", "SecretList"},
		"made-up region": {func(_, _, _, region, _ *string) { *region = "moon base/../1" }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			signer := s.Signer()
			c.change(&signer.AccessKeyID, &signer.Key.Secret, &signer.Key.Token, &signer.Region, &signer.Service)
			r := s.Post(signer, "secretsmanager.ListSecrets", `{}`, time.Now(), nil)
			if !strings.Contains(r.body, c.code) || !strings.Contains(r.body, c.text) || r.status >= 500 || (c.code != "") != (r.status == 400) && name != "made-up region" {
				t.Errorf("got %d %s\nwant %s %q", r.status, r.body, c.code, c.text)
			}
		})
	}
}

// TestNoHTTP holds what is not even a call.
func TestNoHTTP(t *testing.T) {
	t.Parallel()
	s := serve(t)
	address := strings.TrimPrefix(s.URL, "http://")
	for text, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                              "405",
		"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n":                       "404",
		"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n": "404",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n":       "400",
		"nonsense\r\n\r\n": "400",
		"GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 1<<17) + "\r\n\r\n":          "431",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnot a chunk\r\n\r\n": "400",
	} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(patience))
		fmt.Fprint(conn, text)
		line, err := bufio.NewReader(conn).ReadString('\n')
		if !strings.HasPrefix(line, "HTTP/1.1 "+want) {
			t.Errorf("%.60q is answered with %q, %v; want %s", text, line, err, want)
		}
		conn.Close()
	}
	if r := s.Get("/healthz"); r.status != 200 {
		t.Errorf("afterwards: %d", r.status)
	}
}
