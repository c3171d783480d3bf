package secretsmanager_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/secretsmanager"
	"github.com/alberti-dev/alberti/store"
)

const (
	account  = doortest.Account
	region   = "eu-west-1"
	function = "arn:aws:lambda:eu-west-1:000000000000:function:Rotate"
)

// A bench is the service behind real HTTP, with the real SDK in front. Only the
// signature is taken on trust.
type bench struct {
	*sdk.Client
	*doortest.Bench
	service  *secretsmanager.Service
	operator *secretsmanager.Service
	url      string
	handler  http.Handler
	named    map[string]string // what $name stands for in bodies, see expand
	seen     int               // bytes of the trail, see events
	// authenticate, when set, takes the place of trust in the signature.
	authenticate func(*http.Request, []byte) (iam.Caller, error)

	mu   sync.Mutex
	gone []string // ARNs of secrets that were removed
}

// forget notes which secrets are gone.
func (b *bench) forget(arn string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gone = append(b.gone, arn)
}

func newBench(t testing.TB) *bench {
	b := &bench{Bench: doortest.New(t, region), named: map[string]string{}}
	config := secretsmanager.Config{
		Base: b.Base(), Ring: b.Ring, Pages: doortest.AEAD(t, 0), Forget: b.forget, MinInterval: schedule.Interval, Functions: oneFunction{},
	}
	var err error
	if b.service, err = secretsmanager.New(config); err != nil {
		t.Fatal(err)
	}
	if b.operator, err = secretsmanager.NewOperator(config); err != nil {
		t.Fatal(err)
	}
	b.serve(t)
	return b
}

func (b *bench) serve(t testing.TB) {
	b.handler = &awsjson.Handler[iam.Caller]{
		Targets: map[string]awsjson.Target[iam.Caller]{"secretsmanager": {Service: b.service}, "alberti": {Service: b.operator}},
		Logger:  b.Log,
		Authenticate: func(r *http.Request, body []byte) (iam.Caller, error) {
			if b.authenticate != nil {
				return b.authenticate(r, body)
			}
			return b.Bench.Authenticate(r, body)
		},
	}
	server := httptest.NewServer(b.handler)
	t.Cleanup(server.Close)
	b.url = server.URL
	b.Client = sdk.New(sdk.Options{
		BaseEndpoint: &server.URL, Region: region, RetryMaxAttempts: 1, Credentials: doortest.Keys, HTTPClient: doortest.Whole{},
	})
}

// oneFunction is all the functions that there are.
type oneFunction struct{}

const functionRole = "arn:aws:iam::" + account + ":role/fn"

func (oneFunction) Invokable(_ *store.Tx, arn string, _ *secret.Secret) (bool, error) {
	return arn == function, nil
}
func (oneFunction) Role(*store.Tx, string) (string, error) { return functionRole, nil }
