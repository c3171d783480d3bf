package logs_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/store"
)

const (
	account = "000000000000"
	region  = "eu-west-1"
	name    = "/aws/lambda/rotate"
	arn     = "arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/rotate"
)

var (
	start    = time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC)
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
// front. Only the signature is taken on trust, which sigv4 and the end-to-end
// tests prove.
type bench struct {
	*sdk.Client
	writer *logs.Writer
	store  *store.Store
	root   keyring.Wrapper
	dir    string
	where  string // the store
	limit  int64

	mu     sync.Mutex
	now    time.Time
	caller iam.Caller
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
	b := &bench{dir: t.TempDir(), now: start, limit: 10 << 20, caller: iam.NewRoot(account, region, "AKIATEST")}
	b.where = filepath.Join(b.dir, "alberti.db")
	if where != nil {
		b.where = where[0]
	}
	var err error
	if b.root, err = keyring.CreateLocal(filepath.Join(b.dir, "root.key")); err != nil {
		t.Fatal(err)
	}
	b.open(t)
	return b
}

// open opens the store and serves it. What is open is closed when the test ends,
// unless close was called before.
func (b *bench) open(t testing.TB) {
	st, err := store.Open(t.Context(), store.Config{Where: b.where, Now: b.Now})
	if err != nil {
		t.Fatal(err)
	}
	b.store = st
	trail, err := audit.Open(filepath.Join(b.dir, "audit"), b.Now)
	if err != nil {
		t.Fatal(err)
	}
	ring := keyring.New(b.root, func(ctx context.Context, id string) (keyring.Key, error) {
		wrapped, err := st.KMSKeyByID(ctx, id)
		return keyring.Key{ID: id, Wrapped: wrapped}, err
	})
	quiet := slog.New(slog.NewTextHandler(t.Output(), nil))
	b.writer = logs.NewWriter(logs.WriterConfig{Store: st, Ring: ring, Limit: b.limit, Log: quiet})
	service, err := logs.New(logs.Config{Base: door.Base{Store: st, Trail: trail, Committed: func() {}, Log: quiet}, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&awsjson.Handler[iam.Caller]{
		Targets:      map[string]awsjson.Target[iam.Caller]{logs.Target: {Service: service}},
		Logger:       quiet,
		Authenticate: func(*http.Request, []byte) (iam.Caller, error) { return b.whoCalls(), nil },
	})
	// It may try again, as it does by itself: now and then it closes a connection
	// while it reads a long answer from it (aws-sdk-go-v2, issue 2737).
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region,
		Credentials: credentials.NewStaticCredentialsProvider("AKIATEST", "secret", ""),
	})
	t.Cleanup(func() {
		server.Close()
		trail.Close()
		if b.store == st {
			b.close(t)
		}
	})
}

// close ends the store, as the end of a server does.
func (b *bench) close(t testing.TB) {
	if err := b.store.Close(); err != nil {
		t.Error(err)
	}
	b.store = nil
}

// Now is the bench's clock, which only Advance moves.
func (b *bench) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

func (b *bench) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// as has the next calls made by somebody else than root.
func (b *bench) as(c iam.Caller) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.caller = c
}

func (b *bench) whoCalls() iam.Caller {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.caller
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
	files, err := filepath.Glob(filepath.Join(b.dir, "*"))
	more, moreErr := filepath.Glob(filepath.Join(b.dir, "audit", "*"))
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
