package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/sigv4"
)

// server answers requests one after the other, and keeps what it was asked.
type server struct {
	answers []func() (*http.Response, error)
	asked   []*http.Request
	bodies  []string
}

func (s *server) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	answer := s.answers[min(len(s.asked), len(s.answers)-1)]
	s.asked, s.bodies = append(s.asked, r), append(s.bodies, string(body))
	return answer()
}

func (s *server) client() *Client {
	return &Client{URL: "http://server/", Region: "eu-central-1", AccessKeyID: "AKID", Key: sigv4.Key{Secret: "key"}, Transport: s}
}

func answers(status int, header, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		h := http.Header{}
		if name, value, ok := strings.Cut(header, ": "); ok {
			h.Set(name, value)
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func breaks(op string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, &net.OpError{Op: op, Err: errors.New("broken")} }
}

// TestWire is what goes over the wire, and what is read from it.
func TestWire(t *testing.T) {
	text := "<&>"
	for name, c := range map[string]struct {
		call         func(context.Context, *Client) (any, error)
		status       int
		answer       string
		line, body   string // of the request
		target, sign string
		want         any
	}{
		"JSON": {
			func(ctx context.Context, c *Client) (any, error) {
				arn, err := c.CreateSecret(ctx, NewSecret{Name: "a/b", Version: "v", Tags: []Tag{{"k", ""}}, Value: Value{Binary: []byte("b")}})
				return arn, err
			}, 200, `{"ARN":"arn:x","Name":"a/b"}`,
			"POST /", `{"Name":"a/b","Description":"","ClientRequestToken":"v","Tags":[{"Key":"k","Value":""}],"SecretBinary":"Yg=="}`,
			"secretsmanager.CreateSecret", "/eu-central-1/secretsmanager/", "arn:x",
		},
		"a value": {
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.PutSecretValue(ctx, "id", "v", "L", Value{Text: &text})
			}, 200, `{}`,
			"POST /", `{"SecretId":"id","ClientRequestToken":"v","VersionStages":["L"],"SecretString":"\u003c\u0026\u003e"}`,
			"secretsmanager.PutSecretValue", "/secretsmanager/", nil,
		},
		"a test of a rotation": {
			func(ctx context.Context, c *Client) (any, error) {
				return nil, c.RotateSecret(ctx, Rotation{SecretID: "id", Version: "v", FunctionARN: "f"})
			}, 200, `{}`,
			"POST /", `{"SecretId":"id","ClientRequestToken":"v","RotationLambdaARN":"f","RotateImmediately":false}`,
			"secretsmanager.RotateSecret", "/secretsmanager/", nil,
		},
		"logs": {
			func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteLogGroup(ctx, "/g") }, 200, ``,
			"POST /", `{"logGroupName":"/g"}`, "Logs_20140328.DeleteLogGroup", "/logs/", nil,
		},
		"REST": {
			func(ctx context.Context, c *Client) (any, error) {
				arn, err := c.CreateFunction(ctx, Function{FunctionName: "f", Role: "r", Code: Code{ImageURI: "u"}, PackageType: "Image", Timeout: 3})
				return arn, err
			}, 201, `{"FunctionArn":"arn:f"}`,
			"POST /2015-03-31/functions", `{"FunctionName":"f","Role":"r","Code":{"ImageUri":"u"},"PackageType":"Image","Timeout":3}`, "", "/lambda/", "arn:f",
		},
		"a name in the path": {
			func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteFunction(ctx, "a/b c") }, 204, ``,
			"DELETE /2015-03-31/functions/a%2Fb%20c", ``, "", "/lambda/", nil,
		},
		"a form": {
			func(ctx context.Context, c *Client) (any, error) {
				arn, err := c.CreateRole(ctx, "r", "{}", "")
				return arn, err
			}, 200, `<CreateRoleResponse xmlns="https://iam"><CreateRoleResult><Role><RoleName>r</RoleName><Arn>arn:r</Arn></Role></CreateRoleResult></CreateRoleResponse>`,
			"POST /", `Action=CreateRole&AssumeRolePolicyDocument=%7B%7D&RoleName=r&Version=2010-05-08`, "", "/iam/", "arn:r",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &server{answers: []func() (*http.Response, error){answers(c.status, "", c.answer)}}
			got, err := c.call(t.Context(), s.client())
			if err != nil || got != c.want {
				t.Errorf("%v, %v, want %v", got, err, c.want)
			}
			q := s.asked[0]
			if line := q.Method + " " + q.URL.EscapedPath(); line != c.line || s.bodies[0] != c.body {
				t.Errorf("%s\n%s", line, s.bodies[0])
			}
			if target := q.Header.Get("X-Amz-Target"); target != c.target || !strings.Contains(q.Header.Get("Authorization"), c.sign) {
				t.Errorf("target %q, %s", target, q.Header.Get("Authorization"))
			}
		})
	}
}

// TestInvoke tells a function's failure from the server's.
func TestInvoke(t *testing.T) {
	s := &server{answers: []func() (*http.Response, error){answers(200, "X-Amz-Function-Error: Unhandled", `{"errorMessage":"no"}`)}}
	out, err := s.client().Invoke(t.Context(), "f", []byte("{}"))
	if err != nil || out.Error != "Unhandled" || string(out.Payload) != `{"errorMessage":"no"}` {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestRefusals reads the errors of all wires.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status         int
		header, body   string
		code, says     string
		refused, again bool
	}{
		{400, "", `{"__type":"ResourceNotFoundException","Message":"none"}`, NotFound, "ResourceNotFoundException: none", true, false},
		{400, "", `{"__type":"AccessDeniedException","message":"no"}`, "AccessDeniedException", "AccessDeniedException: no", true, false},
		{400, "", `{"__type":"UnknownOperationException"}`, "UnknownOperationException", "UnknownOperationException: ", true, false},
		{409, "X-Amzn-Errortype: ResourceConflictException:http://x/", `{"Type":"User","Message":"it is there"}`, Conflict, "ResourceConflictException: it is there", true, false},
		{404, "", `<ErrorResponse xmlns="https://iam"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>`, NoSuchEntity, "NoSuchEntity: none", true, false},
		{500, "", `{"__type":"InternalServiceError","Message":"oh"}`, "InternalServiceError", "InternalServiceError: oh", false, true},
		{400, "", `{"__type":"ThrottlingException","message":"later"}`, "ThrottlingException", "ThrottlingException: later", true, true},
		{502, "", `<html>Bad Gateway</html>`, "", `the server answered 502 "<html>Bad Gateway</html>"`, false, true},
		{404, "", `not here`, "", `the server answered 404 "not here"`, false, false},
		{307, "Location: http://elsewhere/", ``, "", `the server answered 307 ""`, false, false},
	} {
		s := &server{answers: []func() (*http.Response, error){answers(c.status, c.header, c.body)}}
		err := s.client().Call(t.Context(), "alberti.X", nil, nil)
		if err == nil || err.Error() != c.says || CodeOf(err) != c.code || Refused(err) != c.refused || lost(err) != c.again || len(s.asked) != 1 {
			t.Errorf("%s: %v, code %q, refused %v, worth another attempt %v, asked %d times", c.body, err, CodeOf(err), Refused(err), lost(err), len(s.asked))
		}
	}
}

// TestAttempts repeats what may be repeated, and nothing else.
func TestAttempts(t *testing.T) {
	describe := func(ctx context.Context, c *Client) error { _, err := c.DescribeSecret(ctx, "id"); return err }
	rotate := func(ctx context.Context, c *Client) error { return c.RotateSecret(ctx, Rotation{}) }
	call := func(ctx context.Context, c *Client) error { return c.Call(ctx, "alberti.X", nil, nil) }
	good := answers(200, "", "{}")
	for name, c := range map[string]struct {
		call    func(context.Context, *Client) error
		answers []func() (*http.Response, error)
		asked   int
		ok      bool
	}{
		"a connection that breaks":     {describe, []func() (*http.Response, error){breaks("read"), breaks("dial"), good}, 3, true},
		"one that always does":         {describe, []func() (*http.Response, error){breaks("read")}, 3, false},
		"an error of the server":       {describe, []func() (*http.Response, error){answers(503, "", ""), good}, 2, true},
		"a refusal":                    {describe, []func() (*http.Response, error){answers(400, "", `{"__type":"E"}`), good}, 1, false},
		"a rotation that never began":  {rotate, []func() (*http.Response, error){breaks("dial"), good}, 2, true},
		"one that may have":            {rotate, []func() (*http.Response, error){breaks("read"), good}, 1, false},
		"an operation of any kind":     {call, []func() (*http.Response, error){breaks("dial"), good}, 1, false},
		"a server that is silent once": {describe, []func() (*http.Response, error){nil, good}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &server{answers: c.answers}
				if c.answers[0] == nil {
					s.answers[0] = func() (*http.Response, error) {
						<-s.asked[0].Context().Done()
						return nil, s.asked[0].Context().Err()
					}
				}
				began := time.Now()
				err := c.call(t.Context(), s.client())
				if (err == nil) != c.ok || len(s.asked) != c.asked || time.Since(began) > limit {
					t.Errorf("%v, asked %d times in %v", err, len(s.asked), time.Since(began))
				}
			})
		})
	}
}
