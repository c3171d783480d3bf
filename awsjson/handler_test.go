package awsjson_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

type getInput struct {
	SecretID     string  `json:"SecretId"`
	VersionID    *string `json:"VersionId"`
	VersionStage *string `json:"VersionStage"`
}

type getOutput struct {
	ARN           string                `json:"ARN,omitzero"`
	CreatedDate   awsjson.Time          `json:"CreatedDate,omitzero"`
	Name          string                `json:"Name,omitzero"`
	SecretBinary  awsjson.SensitiveBlob `json:"SecretBinary,omitzero"`
	SecretString  awsjson.Sensitive     `json:"SecretString,omitzero"`
	VersionID     string                `json:"VersionId,omitzero"`
	VersionStages []string              `json:"VersionStages,omitzero"`
}

// caller is the principal of these tests.
type caller string

// fakeService has two operations and remembers what it was asked.
type fakeService struct {
	get    func(awsjson.Request[caller], *getInput) (*getOutput, error)
	called []awsjson.Request[caller]
	failed []error
	audit  error // what Failed answers, nil for the error itself
}

func (s *fakeService) Input(operation string) any {
	switch operation {
	case "GetSecretValue":
		return new(getInput)
	case "TagResource":
		return new(struct {
			SecretID string              `json:"SecretId"`
			Tags     []map[string]string `json:"-"`
		})
	}
	return nil
}

func (s *fakeService) Call(_ context.Context, r awsjson.Request[caller], input any) (any, error) {
	s.called = append(s.called, r)
	if in, ok := input.(*getInput); ok {
		return s.get(r, in)
	}
	return nil, nil
}

func (s *fakeService) CheckLong(string, []byte) error { return nil }

func (s *fakeService) Failed(_ context.Context, r awsjson.Request[caller], err error) error {
	s.failed = append(s.failed, err)
	if r.Operation == "" || r.ID == "" || r.Principal != "ada" {
		return errors.New("a failure without its request")
	}
	if s.audit != nil {
		return s.audit
	}
	return err
}

// log is a buffer that a server may write to.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type door struct {
	url     string
	handler http.Handler
	service *fakeService
	log     *log
}

func realModel(t testing.TB) *awsjson.Model {
	data, err := os.ReadFile("../secretsmanager/model.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := awsjson.ParseModel(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newDoor(t testing.TB) *door {
	d := &door{service: &fakeService{}, log: &log{}}
	d.service.get = func(_ awsjson.Request[caller], in *getInput) (*getOutput, error) {
		return &getOutput{Name: in.SecretID, SecretString: awsjson.NewSensitive("<hunter2>")}, nil
	}
	h := &awsjson.Handler[caller]{
		Targets: map[string]awsjson.Target[caller]{"secretsmanager": {Service: d.service, Model: realModel(t)}, "bare": {Service: d.service}},
		Authenticate: func(r *http.Request, body []byte) (caller, error) {
			switch r.Header.Get("Authorization") {
			case "":
				return "", fault.New(fault.MissingAuthentication, "Missing Authentication Token")
			case "panic":
				panic([]string{"at the door"})
			}
			return "ada", nil
		},
		Logger: slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	d.url, d.handler = s.URL, h
	return d
}

// post sends an authenticated request; the header lines come as pairs.
func (d *door) post(t testing.TB, target, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, d.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "yes")
	r.Header.Set("X-Amz-Target", target)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return d.do(t, r)
}

func (d *door) do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

var uuid4 = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// checkAnswer looks at what every answer has.
func checkAnswer(t *testing.T, resp *http.Response, body string) {
	t.Helper()
	if ct := resp.Header.Get("Content-Type"); ct != "application/x-amz-json-1.1" {
		t.Errorf("content type %q", ct)
	}
	if id := resp.Header.Get("x-amzn-RequestId"); !uuid4.MatchString(id) {
		t.Errorf("request id %q", id)
	}
	if resp.ContentLength != int64(len(body)) || len(resp.TransferEncoding) != 0 || resp.Header.Get("Date") == "" {
		t.Errorf("length %d of %d, encoding %v, date %q", resp.ContentLength, len(body), resp.TransferEncoding, resp.Header.Get("Date"))
	}
}

func TestHandlerAnswers(t *testing.T) {
	d := newDoor(t)
	resp, body := d.post(t, "secretsmanager.GetSecretValue", `{"SecretId":"prod/db"}`, "User-Agent", "Boto3/1.43")
	checkAnswer(t, resp, body)
	if resp.StatusCode != 200 || body != `{"Name":"prod/db","SecretString":"<hunter2>"}` || resp.Header.Get("x-amzn-ErrorType") != "" {
		t.Errorf("got %d %s", resp.StatusCode, body)
	}
	r := d.service.called[0]
	if r.ID != resp.Header.Get("x-amzn-RequestId") || r.Service != "secretsmanager" || r.Operation != "GetSecretValue" ||
		r.Principal != "ada" || r.UserAgent != "Boto3/1.43" || r.TLS || !net.ParseIP(r.SourceIP).IsLoopback() || r.HTTP == nil {
		t.Errorf("request %+v", r)
	}
	if resp, body := d.post(t, "bare.TagResource", ""); resp.StatusCode != 200 || body != "{}" {
		t.Errorf("no output: %d %s", resp.StatusCode, body)
	}
	if d.log.String() != "" {
		t.Errorf("logged %s", d.log)
	}
}

func TestHandlerRefuses(t *testing.T) {
	const get = "secretsmanager.GetSecretValue"
	unknown := `{"__type":"UnknownOperationException"}`
	tests := map[string]struct {
		target, body string
		header       []string
		status       int
		want         string
		audited      bool
		logged       string
	}{
		"no credentials": {get, `{}`, []string{"Authorization", ""}, 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`, false, "level=WARN"},
		// Authentication comes before anything the request says.
		"no credentials, no target": {"", `{`, []string{"Authorization", ""}, 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`, false, "level=WARN"},
		"no target":                 {"", `{}`, nil, 400, unknown, false, "level=INFO"},
		"no prefix":                 {"GetSecretValue", `{}`, nil, 400, unknown, false, "level=INFO"},
		"other prefix":              {"SecretsManager.GetSecretValue", `{}`, nil, 400, unknown, false, "level=INFO"},
		"no such operation":         {"secretsmanager.StealSecret", `{}`, nil, 400, unknown, false, "level=INFO"},
		"not JSON":                  {get, `<xml/>`, nil, 400, `{"__type":"SerializationException"}`, true, ""},
		"wrong type":                {get, `{"SecretId":[]}`, nil, 400, `{"__type":"SerializationException","message":"Start of list found where not expected"}`, true, ""},
		"repeated name":             {get, `{"SecretId":"a","SecretId":"b"}`, nil, 400, `{"__type":"SerializationException"}`, true, ""},
		"no body":                   {get, ``, nil, 400, `{"__type":"ValidationException","message":"1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null"}`, true, ""},
		"two violations":            {get, `{"secretid":"a","VersionStage":""}`, nil, 400, `{"__type":"ValidationException","message":"2 validation errors detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null; Value '' at 'versionStage' failed to satisfy constraint: Member must have length greater than or equal to 1"}`, true, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			resp, body := d.post(t, test.target, test.body, test.header...)
			checkAnswer(t, resp, body)
			if resp.StatusCode != test.status || body != test.want {
				t.Errorf("got %d %s\nwant %d %s", resp.StatusCode, body, test.status, test.want)
			}
			if code := resp.Header.Get("x-amzn-ErrorType"); !strings.Contains(body, `"__type":"`+code+`"`) {
				t.Errorf("x-amzn-ErrorType %q", code)
			}
			if got := len(d.service.failed) == 1; got != test.audited || len(d.service.called) != 0 {
				t.Errorf("audited %v, called %v", got, d.service.called)
			}
			if text := d.log.String(); !strings.Contains(text, test.logged) || (text == "") != (test.logged == "") {
				t.Errorf("logged %q", text)
			}
		})
	}
}

func TestHandlerRefusesOtherRequests(t *testing.T) {
	d := newDoor(t)
	for _, test := range []struct {
		method, path string
		status       int
	}{{"GET", "/", 405}, {"PUT", "/", 405}, {"POST", "/health", 404}, {"GET", "/x", 404}} {
		r, err := http.NewRequest(test.method, d.url+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := d.do(t, r)
		checkAnswer(t, resp, body)
		if resp.StatusCode != test.status || body != `{"__type":"UnknownOperationException"}` || (resp.Header.Get("Allow") == "POST") != (test.status == 405) {
			t.Errorf("%s %s: %d %s", test.method, test.path, resp.StatusCode, body)
		}
	}
}

func TestHandlerRefusesALargeBody(t *testing.T) {
	const limit = 1 << 20
	d := newDoor(t)
	object := `{"SecretId":"a","X":"`
	fits := object + strings.Repeat("x", limit-len(object)-2) + `"}`
	if resp, body := d.post(t, "secretsmanager.GetSecretValue", fits); resp.StatusCode != 200 {
		t.Errorf("%d bytes: %d %s", len(fits), resp.StatusCode, body)
	}
	for name, reader := range map[string]io.Reader{
		"known length": strings.NewReader(fits + " "),
		"chunked":      io.MultiReader(strings.NewReader(fits), strings.NewReader(" ")),
	} {
		r, err := http.NewRequest(http.MethodPost, d.url, reader)
		if err != nil {
			t.Fatal(err)
		}
		resp, body := d.do(t, r)
		checkAnswer(t, resp, body)
		if resp.StatusCode != 413 || body != `{"__type":"RequestEntityTooLarge","message":"Request size exceeded 1048576 bytes"}` || !resp.Close {
			t.Errorf("%s: %d %s, close %v", name, resp.StatusCode, body, resp.Close)
		}
	}
}

// TestHandlerBelievesALength: a body that says it is too large is not read.
func TestHandlerBelievesALength(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", readerFunc(func([]byte) (int, error) {
		t.Error("it was read")
		return 0, io.EOF
	}))
	r.ContentLength = 1<<20 + 1
	w := httptest.NewRecorder()
	newDoor(t).handler.ServeHTTP(w, r)
	if w.Code != 413 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestHandlerHidesInternalErrors(t *testing.T) {
	const want = `{"__type":"InternalServiceError","Message":"An error occurred on the server side."}`
	d := newDoor(t)
	for name, test := range map[string]struct {
		get    func(awsjson.Request[caller], *getInput) (*getOutput, error)
		header []string
		logged string
	}{
		"error": {func(awsjson.Request[caller], *getInput) (*getOutput, error) { return nil, errors.New("disk on fire") }, nil, "disk on fire"},
		"panic": {func(awsjson.Request[caller], *getInput) (*getOutput, error) { panic("index out of range") }, nil, "handler_test.go"},
		"door":  {nil, []string{"Authorization", "panic"}, "at the door"},
		"output": {func(awsjson.Request[caller], *getInput) (*getOutput, error) {
			return &getOutput{SecretString: awsjson.NewSensitive("hunter2"), VersionID: "\xff"}, nil
		}, nil, "invalid UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			d.service.get = test.get
			resp, body := d.post(t, "secretsmanager.GetSecretValue", `{"SecretId":"a"}`, test.header...)
			checkAnswer(t, resp, body)
			if resp.StatusCode != 500 || body != want {
				t.Errorf("got %d %s", resp.StatusCode, body)
			}
			text := d.log.String()
			if !strings.Contains(text, test.logged) || !strings.Contains(text, resp.Header.Get("x-amzn-RequestId")) || strings.Contains(text, "hunter2") {
				t.Errorf("logged %s", text)
			}
		})
	}
}

func TestHandlerAbortsWhenToldTo(t *testing.T) {
	d := newDoor(t)
	d.service.get = func(awsjson.Request[caller], *getInput) (*getOutput, error) { panic(http.ErrAbortHandler) }
	r, err := http.NewRequest(http.MethodPost, d.url, strings.NewReader(`{"SecretId":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"yes"}, "X-Amz-Target": {"secretsmanager.GetSecretValue"}}
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
		t.Errorf("answered %s", resp.Status)
	}
}

func TestHandlerDoesNotBlameItselfForClientsThatLeave(t *testing.T) {
	d := newDoor(t)
	ctx, leave := context.WithCancel(t.Context())
	d.service.get = func(r awsjson.Request[caller], _ *getInput) (*getOutput, error) {
		leave()
		return nil, r.HTTP.Context().Err()
	}
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(`{"SecretId":"a"}`))
	r.Header = http.Header{"Authorization": {"yes"}, "X-Amz-Target": {"secretsmanager.GetSecretValue"}}
	d.handler.ServeHTTP(httptest.NewRecorder(), r)
	if text := d.log.String(); !strings.Contains(text, "level=DEBUG") || strings.Contains(text, "level=ERROR") {
		t.Errorf("logged %s", text)
	}
}

func TestHandlerFailsWhenARefusalCannotBeAudited(t *testing.T) {
	d := newDoor(t)
	d.service.audit = errors.New("audit: disk full")
	resp, body := d.post(t, "secretsmanager.GetSecretValue", `{}`)
	if resp.StatusCode != 500 || !strings.Contains(d.log.String(), "disk full") {
		t.Errorf("got %d %s, logged %s", resp.StatusCode, body, d.log)
	}
}

func TestHandlerReusesNoAnswer(t *testing.T) {
	// Long and short answers alternate on one connection: nothing of the one
	// may be left in the other.
	d := newDoor(t)
	for i := range 50 {
		secret := strings.Repeat("s", 1+i%2*300_000)
		d.service.get = func(awsjson.Request[caller], *getInput) (*getOutput, error) {
			return &getOutput{SecretString: awsjson.NewSensitive(secret)}, nil
		}
		if _, body := d.post(t, "secretsmanager.GetSecretValue", `{"SecretId":"a"}`); body != `{"SecretString":"`+secret+`"}` {
			t.Fatalf("answer %d has %d bytes", i, len(body))
		}
	}
}
