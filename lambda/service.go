// Package lambda is the service: the API of AWS Lambda for functions that users
// bring, an operation a file (lambda.md). operations.go is the table of them,
// open.go the only way to a function, package door what every call goes through. The
// rules are in package function; what runs the code is behind [Runner].
package lambda

import (
	"context"
	"crypto/cipher"
	_ "embed"
	"net/http"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/restjson"
)

// eventSource is Lambda in the trail.
const eventSource = "lambda.amazonaws.com"

// awsModel is AWS's own, without its prose and without what is not served. It
// differs from what is published where recorded answers do (lambda.md, 2.1 and
// 2.2): the patterns of names, the longest timeout, and runtimes, which have a
// text of their own. What a client context, a log and an
// event hold is sensitive, too.
//
//go:embed model.json
var awsModel []byte

// Config is what the service works with; every field is needed.
type Config struct {
	door.Base
	Ring  *keyring.Ring
	Pages cipher.AEAD // seals markers and where code is downloaded from
	// CanAssume tells whether Lambda may assume a role; its error goes to the client.
	CanAssume func(ctx context.Context, account, roleARN string) error
	Runner    Runner
	// Builtin are the names of the rotation functions that every account has and
	// nobody can change.
	Builtin []string
}

// Service is a table of operations with what they work on.
type Service struct {
	Config
	*door.Door[*Service, *call]
	builtin  []string // sorted
	policies policy.Cache
	running  running
	queued   chan struct{}     // there may be an event to run
	asks     chan chan settled // see Settle
}

// New makes the service. It fails only when its model is unreadable.
func New(c Config) (*Service, error) {
	m, err := awsjson.ParseModel(awsModel)
	if err != nil {
		return nil, err
	}
	s := &Service{Config: c, builtin: slices.Sorted(slices.Values(c.Builtin)),
		running: running{of: map[int64]int64{}}, queued: make(chan struct{}, 1), asks: make(chan chan settled)}
	rows := make([]door.Row[*Service, *call], len(operations))
	for i, op := range operations {
		rows[i] = op.Row
	}
	s.Door = door.New(door.Config{
		Base: c.Base, Model: m, Source: eventSource, Actions: "lambda:", Code: errorTable.Code, Message: auditText,
	}, s, rows)
	return s, nil
}

// Handler answers requests over HTTP. authenticate says who made one.
func (s *Service) Handler(authenticate func(*http.Request, []byte) (iam.Caller, error)) (http.Handler, error) {
	routes := make([]restjson.Route, len(operations))
	for i, op := range operations {
		routes[i] = op.route
	}
	api, err := restjson.New(restjson.Config[iam.Caller]{
		Name: "lambda", Service: s, Model: s.Model, Routes: routes, Errors: errorTable,
		Authenticate: authenticate, Logger: s.Log, Unserved: partLeftOut,
	})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, codePath) {
			s.serveCode(w, r)
			return
		}
		api.ServeHTTP(w, r)
	}), nil
}
