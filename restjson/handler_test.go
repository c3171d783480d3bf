package restjson_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/restjson"
)

// model has one operation of each kind.
const model = `{"operations":{
	"Get":{"http":{"method":"GET","requestUri":"/v/things/{Name}"},"input":{"shape":"GetIn"},"output":{"shape":"GetOut"}},
	"Find":{"http":{"method":"GET","requestUri":"/v/things?find=All"},"input":{"shape":"GetIn"},"output":{"shape":"GetOut"}},
	"List":{"http":{"method":"GET","requestUri":"/v/things"},"input":{"shape":"GetIn"},"output":{"shape":"GetOut"}},
	"Put":{"http":{"method":"PUT","requestUri":"/v/things/{Name}"},"input":{"shape":"GetIn"},"output":{"shape":"GetOut"}},
	"Run":{"http":{"method":"POST","requestUri":"/v/things/{Name}/runs"},"input":{"shape":"RunIn"},"output":{"shape":"RunOut"}}},
"shapes":{
	"Text":{"type":"string"},"Number":{"type":"integer"},"Texts":{"type":"list","member":{"shape":"Text"}},
	"Secret":{"type":"string","sensitive":true},"Bytes":{"type":"blob","sensitive":true},
	"GetIn":{"type":"structure","members":{"Name":{"shape":"Text","location":"uri","locationName":"Name"},"Max":{"shape":"Number","location":"querystring","locationName":"max"},
		"Keys":{"shape":"Texts","location":"querystring","locationName":"key"},"Body":{"shape":"Text"}}},
	"GetOut":{"type":"structure","members":{"Text":{"shape":"Text"}}},
	"RunIn":{"type":"structure","payload":"Payload","members":{"Name":{"shape":"Text","location":"uri","locationName":"Name"},"Log":{"shape":"Secret","location":"header","locationName":"X-Log"},"Payload":{"shape":"Bytes"}}},
	"RunOut":{"type":"structure","payload":"Payload","members":{"Status":{"shape":"Number","location":"statusCode"},"Tail":{"shape":"Secret","location":"header","locationName":"X-Tail"},
		"Error":{"shape":"Text","location":"header","locationName":"X-Error"},"Payload":{"shape":"Bytes"}}}}}`

type getIn struct {
	Name *string  `json:"Name"`
	Max  *int64   `json:"Max"`
	Keys []string `json:"Keys"`
	Body *string  `json:"Body"`
}

type getOut struct {
	Text string `json:"Text"`
}

type runIn struct {
	Name    *string               `json:"Name"`
	Log     awsjson.Sensitive     `json:"Log"`
	Payload awsjson.SensitiveBlob `json:"Payload"`
}

type runOut struct {
	Status  *int64                `json:"Status"`
	Tail    awsjson.Sensitive     `json:"Tail"`
	Error   *string               `json:"Error"`
	Payload awsjson.SensitiveBlob `json:"Payload"`
}

// service answers with what it was asked.
type service struct {
	call   func(ctx context.Context, operation string, input any) (any, error)
	failed []string
}

func (s *service) Call(ctx context.Context, r awsjson.Request[string], input any) (any, error) {
	if s.call != nil {
		return s.call(ctx, r.Operation, input)
	}
	switch in := input.(type) {
	case *getIn:
		show := func(text *string) string {
			if text == nil {
				return "-"
			}
			return *text
		}
		max := int64(-1)
		if in.Max != nil {
			max = *in.Max
		}
		return &getOut{fmt.Sprintf("%s %s %d %q %s", r.Operation, show(in.Name), max, in.Keys, show(in.Body))}, nil
	case *runIn:
		status, failure := int64(http.StatusAccepted), "Unhandled"
		return &runOut{&status, in.Log, &failure, in.Payload}, nil
	}
	return nil, nil
}

func (s *service) Failed(_ context.Context, r awsjson.Request[string], err error) error {
	s.failed = append(s.failed, r.Operation)
	return err
}

var table = restjson.Errors{
	fault.Internal:         {Code: "ServiceException", Status: 500, Member: "Message", Type: true},
	fault.NotFound:         {Code: "ResourceNotFoundException", Status: 404, Member: "Message", Type: true},
	fault.Throttled:        {Code: "TooManyRequestsException", Status: 429, Type: true},
	fault.TooLarge:         {Code: "RequestEntityTooLargeException", Status: 413},
	fault.Serialization:    {Code: "SerializationException", Status: 400},
	fault.UnknownOperation: {Code: "UnknownOperationException", Status: 404},
	fault.AccessDenied:     {Code: "AccessDeniedException", Status: 403},
}

func route(operation, method, pattern string) restjson.Route {
	return restjson.Route{
		Operation: operation, Method: method, Pattern: pattern, Status: 200,
		NewInput: func() any { return new(getIn) }, NewOutput: func() any { return new(getOut) },
	}
}

func serve(t *testing.T, s *service, change ...func(*http.Server)) string {
	t.Helper()
	m, err := awsjson.ParseModel([]byte(model))
	if err != nil {
		t.Fatal(err)
	}
	run := restjson.Route{
		Operation: "Run", Method: "POST", Pattern: "/v/things/{Name}/runs", Status: 200, Body: restjson.Body{Max: 2 << 20, TooLarge: fault.New(fault.TooLarge, "too large to run")},
		NewInput: func() any { return new(runIn) }, NewOutput: func() any { return new(runOut) }, Patience: time.Minute,
	}
	h, err := restjson.New(restjson.Config[string]{
		Name: "things", Service: s, Model: m, Errors: table, Logger: slog.New(slog.DiscardHandler),
		Routes: []restjson.Route{
			route("List", "GET", "/v/things"), route("Find", "GET", "/v/things?find=All"), route("Get", "GET", "/v/things/{Name}"), route("Put", "PUT", "/v/things/{Name}"), run,
		},
		Authenticate: func(r *http.Request, _ []byte) (string, error) {
			if r.Header.Get("X-Stranger") != "" {
				return "", fault.New(fault.AccessDenied, "who are you?")
			}
			return "ada", nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(h)
	for _, c := range change {
		c(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

type reply struct {
	status int
	header http.Header
	body   string
}

func send(t *testing.T, url, at string, body io.Reader, headers ...string) reply {
	t.Helper()
	method, path, _ := strings.Cut(at, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(answer.Header.Get("X-Amzn-Requestid")) != 36 {
		t.Errorf("%s: request id %q", at, answer.Header.Get("X-Amzn-Requestid"))
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// TestRoutes finds operations by method, path and query, and what the path holds.
func TestRoutes(t *testing.T) {
	url := serve(t, &service{})
	for at, want := range map[string]string{
		"GET /v/things":                        `List - -1 [] -`,
		"GET /v/things/":                       `List - -1 [] -`,
		"GET /v/things?find=All":               `Find - -1 [] -`,
		"GET /v/things?find=One":               `List - -1 [] -`,
		"GET /v/things/a":                      `Get a -1 [] -`,
		"GET /v/things/a/?max=7&key=x&key=y+z": `Get a 7 ["x" "y z"] -`,
		"GET /v/things/arn%3Aaws%3Aa%2Fb":      `Get arn:aws:a/b -1 [] -`,
		"GET /v/things/arn:aws:a":              `Get arn:aws:a -1 [] -`,
		"GET /v/things/%24LATEST":              `Get $LATEST -1 [] -`,
	} {
		r := send(t, url, at, nil)
		var want = `{"Text":"` + strings.ReplaceAll(want, `"`, `\"`) + `"}`
		if r.status != 200 || r.body != want || r.header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s, want %s", at, r.status, r.body, want)
		}
	}
	for _, at := range []string{"GET /", "GET /v", "GET /v/thing", "DELETE /v/things", "GET /v/things/a/b", "GET /v/things/a%2Fb/runs/c", "GET /V/things"} {
		if r := send(t, url, at, nil); r.status != 404 || r.header.Get("X-Amzn-Errortype") != "UnknownOperationException" {
			t.Errorf("%s: %d %s", at, r.status, r.body)
		}
	}
}

// TestBody: what the path and the query have does not come from the body.
func TestBody(t *testing.T) {
	s := &service{}
	url := serve(t, s)
	if r := send(t, url, "PUT /v/things/a", strings.NewReader(`{"Name":"b","Max":3,"Keys":["c"],"Body":"d","Other":{}}`)); r.body != `{"Text":"Put a -1 [] d"}` {
		t.Errorf("%d %s", r.status, r.body)
	}
	for _, body := range []string{"{", `{"Body":1}`, "[]", `{"Body":"a","Body":"b"}`} {
		if r := send(t, url, "PUT /v/things/a", strings.NewReader(body)); r.status != 400 || r.header.Get("X-Amzn-Errortype") != "SerializationException" {
			t.Errorf("%s: %d %s", body, r.status, r.body)
		}
	}
	if r := send(t, url, "PUT /v/things/a?max=many", nil); r.status != 400 {
		t.Errorf("a number that is none: %d %s", r.status, r.body)
	}
	if len(s.failed) != 5 {
		t.Errorf("the service heard of %q", s.failed)
	}
	if r := send(t, url, "PUT /v/things/a", strings.NewReader("{"), "X-Stranger", "1"); r.status != 403 || len(s.failed) != 5 {
		t.Errorf("a stranger: %d %s, heard of %q", r.status, r.body, s.failed)
	}
}

// TestPayload is the whole body, with a status and headers beside it.
func TestPayload(t *testing.T) {
	url := serve(t, &service{})
	for _, body := range []string{"", "{no json", strings.Repeat("x", 64<<10), strings.Repeat("x", 64<<10+1), strings.Repeat("y", 2<<20)} {
		for _, reader := range []io.Reader{strings.NewReader(body), io.MultiReader(strings.NewReader(body))} { // the second has no length
			r := send(t, url, "POST /v/things/a/runs", reader, "X-Log", "l")
			if r.status != 202 || r.body != body || r.header.Get("X-Tail") != "l" || r.header.Get("X-Error") != "Unhandled" {
				t.Errorf("%d bytes: %d, %d bytes, %v", len(body), r.status, len(r.body), r.header)
			}
		}
	}
	for _, reader := range []io.Reader{strings.NewReader(strings.Repeat("x", 2<<20+1)), io.MultiReader(strings.NewReader(strings.Repeat("x", 3<<20)))} {
		if r := send(t, url, "POST /v/things/a/runs", reader); r.status != 413 || r.body != `{"message":"too large to run"}` {
			t.Errorf("too large: %d %s", r.status, r.body)
		}
	}
	if r := send(t, url, "PUT /v/things/a", strings.NewReader(strings.Repeat("x", 1<<20+1))); r.status != 413 || r.body != `{"message":"Request must be smaller than 1048576 bytes"}` {
		t.Errorf("too large for others: %d %s", r.status, r.body)
	}
}

// TestErrors holds the bodies of errors to the byte.
func TestErrors(t *testing.T) {
	s := &service{}
	url := serve(t, s)
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{fault.New(fault.NotFound, `no "a"`), 404, `{"Type":"User","Message":"no \"a\""}`},
		{&restjson.Untyped{Err: fault.New(fault.NotFound, "no a")}, 404, `{"Message":"no a"}`},
		{&restjson.Throttled{Reason: "Why", Err: fault.New(fault.Throttled, "slow"), RetryAfter: 3}, 429, `{"Type":"User","message":"slow","Reason":"Why"}`},
		{errors.New("ours"), 500, `{"Type":"Service","Message":"An error occurred and the request cannot be processed."}`},
		{fault.New(fault.Decryption, "of another service"), 500, `{"Type":"Service","Message":"An error occurred and the request cannot be processed."}`},
	} {
		s.call = func(context.Context, string, any) (any, error) { return nil, c.err }
		r := send(t, url, "GET /v/things/a", nil)
		if r.status != c.status || r.body != c.body || r.header.Get("Retry-After") != map[int]string{429: "3"}[c.status] {
			t.Errorf("%v: %d %s %v", c.err, r.status, r.body, r.header)
		}
	}
	s.call = func(context.Context, string, any) (any, error) { panic("no") }
	if r := send(t, url, "GET /v/things/a", nil); r.status != 500 {
		t.Errorf("a panic: %d %s", r.status, r.body)
	}
	s.call = func(context.Context, string, any) (any, error) { return nil, nil }
	if r := send(t, url, "GET /v/things/a", nil); r.status != 200 || r.body != "" || r.header.Get("Content-Type") != "" {
		t.Errorf("nothing: %+v", r)
	}
}

// TestPatience: an operation may take longer than the server lets others.
func TestPatience(t *testing.T) {
	const limit = 100 * time.Millisecond
	s := &service{call: func(ctx context.Context, operation string, _ any) (any, error) {
		timer := time.NewTimer(4 * limit)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if operation == "Run" {
			return &runOut{Payload: awsjson.NewSensitiveBlob([]byte("done"))}, nil
		}
		return &getOut{}, nil
	}}
	url := serve(t, s, func(server *http.Server) { server.ReadTimeout, server.WriteTimeout = limit, limit })
	if r := send(t, url, "POST /v/things/a/runs", strings.NewReader("{}")); r.status != 200 || r.body != "done" {
		t.Errorf("%d %s", r.status, r.body)
	}
	if answer, err := http.Get(url + "/v/things/a"); err == nil {
		answer.Body.Close()
		t.Error("the server's limits hold nobody: the test proves nothing")
	}
}

// TestSlowBodies: nobody knows yet who sends a body, so patience with the answer
// is none with that.
func TestSlowBodies(t *testing.T) {
	url := serve(t, &service{}, func(server *http.Server) { server.ReadTimeout = 100 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprint(conn, "POST /v/things/a/runs HTTP/1.1\r\nHost: here\r\nContent-Length: 2000000\r\n\r\n{")
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the server still waits: %v", err)
	}
}

// TestMistakes in the table are found at the start.
func TestMistakes(t *testing.T) {
	m, err := awsjson.ParseModel([]byte(model))
	if err != nil {
		t.Fatal(err)
	}
	config := restjson.Config[string]{Model: m, Routes: []restjson.Route{route("Get", "GET", "/v/things/{Name}"), route("Put", "GET", "/v/things/{Name}")}}
	if _, err := restjson.New(config); err == nil {
		t.Error("two operations share a place")
	}
	wrong := route("Get", "GET", "/v/things/{Name}")
	wrong.NewInput = func() any {
		return new(struct {
			Max int `json:"Max"`
		})
	}
	config.Routes = []restjson.Route{wrong}
	if _, err := restjson.New(config); err == nil {
		t.Error("a member that cannot be absent")
	}
}
