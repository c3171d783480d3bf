package lambda_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/store"
)

const (
	account = "000000000000"
	region  = "eu-west-1"
	prefix  = "arn:aws:lambda:eu-west-1:000000000000:"
	role    = "arn:aws:iam::000000000000:role/Rotate"
)

// A bench is the service behind real HTTP, with the real SDK in front. Only the
// signature is taken on trust, which sigv4 and the end-to-end tests prove.
type bench struct {
	*sdk.Client
	store   *store.Store
	ring    *keyring.Ring
	service *lambda.Service
	runner  *fakeRunner
	dir     string
	url     string

	mu      sync.Mutex
	now     time.Time
	caller  iam.Caller
	refused error // what CanAssume gives
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

func (b *bench) authenticate(*http.Request, []byte) (iam.Caller, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.caller, nil
}

func newBench(t *testing.T) *bench {
	b := &bench{
		dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC),
		caller: iam.NewRoot(account, region, "AKIATEST"), runner: newFakeRunner(),
	}
	b.open(t)
	return b
}

func (b *bench) open(t *testing.T) {
	st, err := store.Open(t.Context(), store.Config{Where: filepath.Join(b.dir, "alberti.db"), Now: b.Now})
	if err != nil {
		t.Fatal(err)
	}
	trail, err := audit.Open(filepath.Join(b.dir, "audit"), b.Now)
	if err != nil {
		t.Fatal(err)
	}
	root, err := keyring.CreateLocal(filepath.Join(b.dir, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	b.store = st
	b.ring = keyring.New(root, func(ctx context.Context, id string) (keyring.Key, error) {
		wrapped, err := st.KMSKeyByID(ctx, id)
		return keyring.Key{ID: id, Wrapped: wrapped}, err
	})
	b.service, err = lambda.New(lambda.Config{
		Base: door.Base{Store: st, Trail: trail, Committed: func() {}, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}, Ring: b.ring, Pages: pages(t), Runner: b.runner, Builtin: []string{"SecretsManagerBuiltinB", "SecretsManagerBuiltinA"},
		CanAssume: func(_ context.Context, _, _ string) error { return b.refused },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.serve(t)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		trail.Close()
	})
}

func (b *bench) serve(t *testing.T) {
	handler, err := b.service.Handler(b.authenticate)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")),
	})
}

func pages(t *testing.T) cipher.AEAD {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}
