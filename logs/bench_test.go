package logs_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/logs"
)

const (
	account = doortest.Account
	region  = "eu-west-1"
	name    = "/aws/lambda/rotate"
	arn     = "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/rotate"
)

var (
	start    = doortest.Start
	group    = logs.Group{Account: account, Region: region, Name: name}
	postgres *pgtest.Server
)

func TestMain(m *testing.M) {
	// fsync off: the disk is the store's to test.
	server, err := pgtest.Start(context.Background(), pgtest.Options{Settings: map[string]string{"fsync": "off"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	postgres = server
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// A bench is the writer and, behind real HTTP, the service, with the real SDK in
// front. Only the signature is taken on trust.
type bench struct {
	*sdk.Client
	*doortest.Bench
	writer *logs.Writer
}

// onBoth runs a test on either database.
func onBoth(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, newBench(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		database := fmt.Sprintf("logs%d", time.Now().UnixNano())
		if err := postgres.Exec(t.Context(), "CREATE DATABASE "+database); err != nil {
			t.Fatal(err)
		}
		test(t, newBench(t, postgres.DSN(postgres.User, postgres.Password, database)))
	})
}

// newBench makes a bench on SQLite, or on the store at a place.
func newBench(t testing.TB, where ...string) *bench {
	b := &bench{Bench: doortest.New(t, region, where...)}
	b.serve(t)
	return b
}

// restart ends the store and opens it again, as a server does.
func (b *bench) restart(t testing.TB) {
	b.Close(t)
	b.Open(t)
	b.serve(t)
}

func (b *bench) serve(t testing.TB) {
	b.writer = logs.NewWriter(logs.WriterConfig{Store: b.Store, Ring: b.Ring, Limit: 10 << 20, Log: b.Log})
	service, err := logs.New(logs.Config{Base: b.Base(), Ring: b.Ring})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&awsjson.Handler[iam.Caller]{
		Targets: map[string]awsjson.Target[iam.Caller]{logs.Target: {Service: service}}, Logger: b.Log, Authenticate: b.Authenticate,
	})
	t.Cleanup(server.Close)
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: doortest.Keys, HTTPClient: doortest.Whole{},
	})
}

// write logs lines to a stream, a millisecond apart, and writes them down.
func (b *bench) write(t testing.TB, stream string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		b.Advance(time.Millisecond)
		b.writer.Write(group, stream, b.Now(), line)
	}
	b.flush(t)
}

func (b *bench) flush(t testing.TB) {
	t.Helper()
	if err := logs.Flush(b.writer, t.Context()); err != nil {
		t.Fatal(err)
	}
}

// messages reads a whole group, page by page, with what a request asks for.
func (b *bench) messages(t testing.TB, in sdk.FilterLogEventsInput) (out []string) {
	t.Helper()
	if in.LogGroupName == nil && in.LogGroupIdentifier == nil {
		in.LogGroupName = &group.Name
	}
	pages := sdk.NewFilterLogEventsPaginator(b.Client, &in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			out = append(out, *e.Message)
		}
	}
	return out
}

// onDisk tells whether a text stands in a file of the bench.
func (b *bench) onDisk(t testing.TB, text string) (found bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.Dir, "*"))
	more, moreErr := filepath.Glob(filepath.Join(b.Dir, "audit", "*"))
	if err != nil || moreErr != nil || len(more) == 0 {
		t.Fatal(err, moreErr, more)
	}
	for _, file := range append(files, more...) {
		if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
			found = true
		}
	}
	return found
}
