package remote_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda/remote"
)

// container answers as the Runtime Interface Emulator does: always 200.
func container(t *testing.T, answer string) *remote.Emulator {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		event, _ := io.ReadAll(r.Body)
		if r.Method != "POST" || r.URL.Path != "/2015-03-31/functions/function/invocations" || string(event) != `{"Step":"testSecret"}` {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return &remote.Emulator{URL: s.URL, Client: s.Client()}
}

const event = `{"Step":"testSecret"}`

func TestEmulator(t *testing.T) {
	for answer, failed := range map[string]string{
		`null`:     "",
		`{"ok":1}`: "",
		`{"errorMessage":"no such user","errorType":"ValueError","stackTrace":[]}`: "Unhandled",
		`{"errorMessage":"", "errorType":""}`:                                      "Unhandled",
		`{"errorMessage":"a result that has only this"}`:                           "",
		`["errorMessage","errorType"]`:                                             "",
	} {
		got, err := container(t, answer).Invoke(t.Context(), []byte(event))
		if err != nil || string(got.Payload) != answer || got.FunctionError != failed {
			t.Errorf("%s: %s %q %v", answer, got.Payload, got.FunctionError, err)
		}
	}
}

func TestEmulatorThatDoesNotAnswer(t *testing.T) {
	e := container(t, "")
	if _, err := e.Invoke(t.Context(), []byte("{}")); fault.KindOf(err) != fault.Internal || !strings.Contains(fault.Message(err), "404") {
		t.Errorf("404: %v", err)
	}
	large := container(t, strings.Repeat("x", 6<<20+101))
	if _, err := large.Invoke(t.Context(), []byte(event)); err == nil {
		t.Error("7 MB were taken")
	}
	for _, at := range []string{"", "localhost:9000", "file:///etc/passwd"} {
		if _, err := (&remote.Emulator{URL: at}).Invoke(t.Context(), nil); fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%q: %v", at, err)
		}
	}
}

const arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate:live"

var at = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sameSignature has the AWS SDK sign the request that came, and compares.
func sameSignature(t *testing.T, r *http.Request, body []byte, key aws.Credentials) {
	t.Helper()
	again := r.Clone(context.Background())
	again.URL.Host, again.URL.Scheme = r.Host, "http"
	again.Body = io.NopCloser(bytes.NewReader(body))
	for _, name := range []string{"Authorization", "User-Agent", "Accept-Encoding"} {
		again.Header.Del(name)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(context.Background(), key, again, hex.EncodeToString(sum[:]), "lambda", "eu-west-1", at); err != nil {
		t.Error(err)
	}
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); got != want {
		t.Errorf("signed\n%s, the SDK says\n%s", got, want)
	}
}

// lambda answers like AWS Lambda with what it is told to.
func lambda(t *testing.T, answer http.HandlerFunc) *remote.AWS {
	t.Helper()
	key := credentials.NewStaticCredentialsProvider("ASIAEXAMPLE", "secret", "token")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sameSignature(t, r, body, key.Value)
		want := "/2015-03-31/functions/" + strings.ReplaceAll(arn, ":", "%3A") + "/invocations"
		if r.URL.EscapedPath() != want || string(body) != event || r.Header.Get("X-Amz-Log-Type") != "Tail" {
			t.Errorf("asked for %s with %s", r.URL.EscapedPath(), body)
		}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return &remote.AWS{Credentials: key, Endpoint: s.URL, Client: s.Client(), Now: func() time.Time { return at }}
}

func TestAWS(t *testing.T) {
	a := lambda(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		w.Header().Set("X-Amz-Log-Result", "bG9n")
		io.WriteString(w, `{"errorType":"x"}`)
	})
	got, err := a.Invoke(t.Context(), arn, []byte(event))
	if err != nil || string(got.Payload) != `{"errorType":"x"}` || got.FunctionError != "Unhandled" || string(got.Log) != "log" {
		t.Errorf("%+v %v", got, err)
	}
	a = lambda(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"errorType":"x","errorMessage":"a result"}`)
	})
	if got, err := a.Invoke(t.Context(), arn, []byte(event)); err != nil || got.FunctionError != "" {
		t.Errorf("%+v %v", got, err)
	}
}

func TestAWSRefuses(t *testing.T) {
	for status, kind := range map[int]fault.Kind{404: fault.NotFound, 403: fault.AccessDenied, 429: fault.Throttled, 500: fault.Internal, 302: fault.Internal} {
		a := lambda(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Errortype", "SomeException:http://internal")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			io.WriteString(w, `{"Type":"User","Message":"these words"}`)
		})
		_, err := a.Invoke(t.Context(), arn, []byte(event))
		if fault.KindOf(err) != kind || !strings.HasSuffix(fault.Message(err), "SomeException: these words") {
			t.Errorf("%d: %v", status, err)
		}
	}
	for _, no := range []string{"", "rotate", "arn:aws:iam::123456789012:role/x", "arn:aws:lambda:eu-west-1:123456789012:layer:x", "arn:aws:lambda:eu-west-1.evil/x?:1:function:f"} {
		if _, err := (&remote.AWS{}).Invoke(t.Context(), no, nil); fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%q: %v", no, err)
		}
	}
}
