package awsquery

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// fakeService has one operation, which does what the test says.
type fakeService struct {
	call   func(in *outer) (any, error)
	failed error
}

func (*fakeService) SigningName() string { return "fake" }
func (*fakeService) Namespace() string   { return "urn:fake" }

func (*fakeService) Input(operation string) any {
	if operation != "Do" {
		return nil
	}
	return &outer{}
}

func (s *fakeService) Call(_ context.Context, r awsjson.Request[string], in any) (any, error) {
	if r.Principal != "somebody" || r.Service != "fake" || r.Operation != "Do" || r.SourceIP != "127.0.0.1" || r.ID == "" {
		return nil, errors.New("the request is not described")
	}
	return s.call(in.(*outer))
}

func (s *fakeService) Failed(_ context.Context, _ awsjson.Request[string], err error) error {
	s.failed = err
	return err
}

// serve answers a form sent to the service, as status and body.
func serve(t *testing.T, s *fakeService, form string) (int, string) {
	t.Helper()
	server := httptest.NewServer(&Handler[string]{
		Services: map[string]Service[string]{"1": s},
		Authenticate: func(r *http.Request, body []byte, service string) (string, error) {
			if string(body) != form || service != "fake" {
				t.Errorf("authenticate %q for %s", body, service)
			}
			if r.Header.Get("Authorization") == "" {
				return "", fault.New(fault.MissingAuthentication, "Missing Authentication Token")
			}
			return "somebody", nil
		},
		Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	defer server.Close()
	r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if !IsForm(r) {
		t.Error("it is no form")
	}
	if !strings.Contains(form, "anonymous") {
		r.Header.Set("Authorization", "x")
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, strings.ReplaceAll(string(body), answer.Header.Get("X-Amzn-Requestid"), "ID")
}

type output struct {
	Text    string            `json:"Text"`
	Secret  awsjson.Sensitive `json:"Secret"`
	At      awsjson.Time      `json:"At"`
	Never   awsjson.Time      `json:"Never"`
	Absent  *string           `json:"Absent"`
	List    []inner           `json:"List"`
	Nothing []string          `json:"Nothing"`
	Zero    int64             `json:"Zero"`
	No      bool              `json:"No"`
}

func TestAnswer(t *testing.T) {
	empty := ""
	s := &fakeService{call: func(*outer) (any, error) {
		return &output{
			Text: "<&\x01ü", Secret: awsjson.NewSensitive("s3cr3t"), At: awsjson.Time(time.Unix(1, 5e8)),
			List: []inner{{Key: "k", Value: &empty}}, Nothing: []string{},
		}, nil
	}}
	status, got := serve(t, s, "Action=Do&Version=1")
	const want = `<DoResponse xmlns="urn:fake"><DoResult><Text>&lt;&amp;` + "\ufffd" + `ü</Text><Secret>s3cr3t</Secret>` +
		`<At>1970-01-01T00:00:01Z</At><List><member><Key>k</Key><Value></Value></member></List><Nothing></Nothing>` +
		`<Zero>0</Zero><No>false</No></DoResult><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DoResponse>`
	if status != 200 || got != want {
		t.Errorf("%d\n got %s\nwant %s", status, got, want)
	}
	s.call = func(*outer) (any, error) { return nil, nil }
	if _, got := serve(t, s, "Action=Do&Version=1"); got != `<DoResponse xmlns="urn:fake"><ResponseMetadata><RequestId>ID</RequestId></ResponseMetadata></DoResponse>` {
		t.Errorf("without an output %s", got)
	}
}

func TestRefusals(t *testing.T) {
	fails := func(err error) func(*outer) (any, error) { return func(*outer) (any, error) { return nil, err } }
	for name, c := range map[string]struct {
		form   string
		call   func(*outer) (any, error)
		status int
		want   string
	}{
		"a kind":          {"Action=Do&Version=1", fails(fault.New(fault.NotFound, "no <x>")), 404, "<Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &lt;x&gt;</Message>"},
		"no kind":         {"Action=Do&Version=1", fails(errors.New("password hunter2")), 500, "<Type>Receiver</Type><Code>ServiceFailure</Code><Message>An error occurred on the server side.</Message>"},
		"a foreign kind":  {"Action=Do&Version=1", fails(fault.New(fault.Decryption, "hunter2")), 500, "<Type>Receiver</Type><Code>ServiceFailure</Code><Message>An error occurred on the server side.</Message>"},
		"a panic":         {"Action=Do&Version=1", func(*outer) (any, error) { panic("hunter2") }, 500, "<Code>ServiceFailure</Code><Message>An error occurred on the server side.</Message>"},
		"an odd output":   {"Action=Do&Version=1", func(*outer) (any, error) { return &struct{ X float64 }{}, nil }, 500, "<Code>ServiceFailure</Code>"},
		"no operation":    {"Action=Undo&Version=1", nil, 400, "<Code>InvalidAction</Code><Message>Could not find operation Undo for version 1</Message>"},
		"no version":      {"Action=Do&Version=2", nil, 400, "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation Do for version 2</Message>"},
		"nobody":          {"Action=Do&Version=1&anonymous=1", nil, 403, "<Code>MissingAuthenticationToken</Code><Message>Missing Authentication Token</Message>"},
		"nobody, nothing": {"Action=Undo&Version=1&anonymous=1", nil, 403, "<Code>MissingAuthenticationToken</Code>"},
		"no number":       {"Action=Do&Version=1&Count=x", nil, 400, "<Code>MalformedInput</Code>"},
		"too much":        {"Action=Do&Version=1&Name=" + strings.Repeat("x", 1<<20), nil, 413, "<Code>RequestEntityTooLarge</Code>"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fakeService{call: c.call}
			status, got := serve(t, s, c.form)
			if status != c.status || !strings.Contains(got, c.want) || strings.Contains(got, "hunter2") {
				t.Errorf("%d %s\nwant %d %s", status, got, c.status, c.want)
			}
			if (s.failed != nil) != (name == "no number") {
				t.Errorf("the service heard of %v", s.failed)
			}
		})
	}
}

// TestCodesDiffer: two kinds with one code would be one kind to every client.
func TestCodesDiffer(t *testing.T) {
	seen := map[string]fault.Kind{}
	for kind, r := range table {
		if r.code == "" {
			continue
		}
		if other, ok := seen[r.code]; ok || r.status < 400 || r.status > 599 {
			t.Errorf("kinds %d and %d: %+v", other, kind, r)
		}
		seen[r.code] = fault.Kind(kind)
	}
}
