package secretsmanager_test

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
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/secretsmanager"
	"github.com/alberti-dev/alberti/store"
)

const (
	account  = "000000000000"
	region   = "eu-west-1"
	function = "arn:aws:lambda:eu-west-1:000000000000:function:Rotate"
)

// A bench is the service behind real HTTP, with the real SDK in front. Only the
// signature is taken on trust, which sigv4 and the end-to-end tests prove.
type bench struct {
	*sdk.Client
	store    *store.Store
	ring     *keyring.Ring
	service  *secretsmanager.Service
	operator *secretsmanager.Service
	dir      string
	url      string
	handler  http.Handler
	named    map[string]string // what $name stands for in bodies, see expand
	seen     int               // bytes of the trail, see events
	// authenticate, when set, takes the place of trust in the signature.
	authenticate func(*http.Request, []byte) (iam.Caller, error)

	mu     sync.Mutex
	now    time.Time
	gone   []string // ARNs of secrets that were removed
	caller iam.Caller
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

// forget notes which secrets are gone.
func (b *bench) forget(arn string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = append(b.gone, arn)
}

func newBench(t testing.TB) *bench {
	b := &bench{
		dir: t.TempDir(), now: time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC),
		caller: iam.NewRoot(account, region, "AKIATEST"), named: map[string]string{},
	}
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
	config := secretsmanager.Config{
		Base: door.Base{Store: st, Trail: trail, Log: slog.New(slog.DiscardHandler), Committed: func() {}}, Pages: pages(t), Forget: b.forget, MinInterval: schedule.Interval,
		Functions: oneFunction{},
		Ring:      b.ring,
	}
	if b.service, err = secretsmanager.New(config); err != nil {
		t.Fatal(err)
	}
	if b.operator, err = secretsmanager.NewOperator(config); err != nil {
		t.Fatal(err)
	}
	b.serve(t)
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		trail.Close()
	})
	return b
}

func (b *bench) serve(t testing.TB) {
	b.handler = &awsjson.Handler[iam.Caller]{
		Targets: map[string]awsjson.Target[iam.Caller]{"secretsmanager": {Service: b.service}, "alberti": {Service: b.operator}},
		Logger:  slog.New(slog.NewTextHandler(t.Output(), nil)),
		Authenticate: func(r *http.Request, body []byte) (iam.Caller, error) {
			if b.authenticate != nil {
				return b.authenticate(r, body)
			}
			return b.whoCalls(), nil
		},
	}
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1,
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")),
	})
}

// oneFunction is all the functions that there are.
type oneFunction struct{}

const functionRole = "arn:aws:iam::" + account + ":role/fn"

func (oneFunction) Invokable(_ *store.Tx, arn string, _ *secret.Secret) (bool, error) {
	return arn == function, nil
}
func (oneFunction) Role(*store.Tx, string) (string, error) { return functionRole, nil }

func pages(t testing.TB) cipher.AEAD {
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
