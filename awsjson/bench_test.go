package awsjson

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var (
	benchBody   = []byte(`{"SecretId":"prod/payments/database"}`)
	benchOutput = &getSecretValueOutput{
		ARN:           "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/payments/database-a1B2c3",
		CreatedDate:   Time(time.UnixMilli(1523477145713)),
		Name:          "prod/payments/database",
		SecretString:  NewSensitive(`{"engine":"postgres","host":"db","username":"app","password":"` + strings.Repeat("x", 900) + `"}`),
		VersionID:     "0e1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
		VersionStages: []string{"AWSCURRENT"},
	}
)

// BenchmarkWire is what the wire costs a GetSecretValue beside HTTP and signature.
func BenchmarkWire(b *testing.B) {
	m := testModel(b)
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		var in getSecretValueInput
		if err := Decode(benchBody, &in); err != nil {
			b.Fatal(err)
		}
		if err := m.Check("GetSecretValue", &in); err != nil {
			b.Fatal(err)
		}
		buf.Reset()
		if err := Encode(&buf, benchOutput); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var in getSecretValueInput
		if err := Decode(benchBody, &in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := Encode(&buf, benchOutput); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	m := testModel(b)
	in := &getSecretValueInput{SecretID: "prod/payments/database"}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Check("GetSecretValue", in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRedactInput(b *testing.B) {
	m := testModel(b)
	in := &getSecretValueInput{SecretID: "prod/payments/database"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.RedactInput("GetSecretValue", in); err != nil {
			b.Fatal(err)
		}
	}
}

type benchService struct{}

func (benchService) Input(string) any { return new(getSecretValueInput) }

func (benchService) Call(context.Context, Request[string], any) (any, error) { return benchOutput, nil }

func (benchService) CheckLong(string, []byte) error { return nil }

func (benchService) Failed(_ context.Context, _ Request[string], err error) error { return err }

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkHandler is the whole door without the network and the signature.
func BenchmarkHandler(b *testing.B) {
	h := &Handler[string]{
		Targets:      map[string]Target[string]{"secretsmanager": {benchService{}, testModel(b)}},
		Authenticate: func(*http.Request, []byte) (string, error) { return "ada", nil },
		Logger:       slog.New(slog.DiscardHandler),
	}
	body := bytes.NewReader(benchBody)
	r := httptest.NewRequest(http.MethodPost, "/", body)
	r.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	w := discard{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(benchBody)
		h.ServeHTTP(w, r)
	}
}
