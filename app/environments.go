package app

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/lambda/environment"
)

// environments runs the functions that users bring, on this host. Their
// pool is made when there are any: most servers have none.
type environments struct {
	config   environment.Config
	sessions *identity.Sessions
	endpoint string // of the API, as functions of this host reach it

	mu     sync.Mutex
	pool   *environment.Pool
	closed bool
}

// Invoke implements lambda.Runner.
func (r *environments) Invoke(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	if i.Version.Config.Place != "" {
		return elsewhere{r.config.Now}.invoke(ctx, i)
	}
	pool, err := r.open()
	if err != nil {
		return lambda.Outcome{}, err
	}
	out, err := pool.Invoke(ctx, r.functionOf(i), environment.Invocation{
		RequestID: i.RequestID, InvokedARN: i.ARN, Payload: i.Payload, ClientContext: i.ClientContext, Trace: i.Trace, Foremost: i.Foremost,
	})
	return lambda.Outcome{Payload: out.Payload, FunctionError: out.FunctionError, Log: out.Log, Private: private(out.Given)}, err
}

var errClosing = fault.New(fault.Internal, "the server is ending")

func (r *environments) open() (*environment.Pool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool != nil {
		return r.pool, nil
	}
	if r.closed {
		return nil, errClosing
	}
	pool, err := environment.New(r.config)
	if err != nil {
		return nil, err
	}
	r.pool = pool
	for _, c := range pool.Capabilities() {
		if !c.Holds {
			r.config.Log.Warn("functions run with less than they could have here", "lacks", c.Name, "because", c.Detail)
		}
	}
	return pool, nil
}

// close lets invocations that run end for a while, and then ends them.
func (r *environments) close() error {
	r.mu.Lock()
	r.closed = true
	pool := r.pool
	r.mu.Unlock()
	if pool == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return pool.Close(ctx)
}

// functionOf is a version as environments know it.
func (r *environments) functionOf(i lambda.Invocation) *environment.Function {
	f, v := i.Function, i.Version
	out := &environment.Function{
		ARN: versionARN(f, v), Name: f.Name, Version: v.Name(), Runtime: v.Config.Runtime, Handler: v.Config.Handler,
		Timeout:  time.Duration(v.Config.Timeout) * time.Second,
		MemoryMB: int(v.Config.MemorySize), TmpMB: int(v.Config.EphemeralStorage),
		Revision: v.Build, Code: i.Code,
		Env: func(ctx context.Context) (map[string]string, time.Time, error) { return r.variables(ctx, i) },
	}
	if targets, restricted := f.Tags[environment.NetworkTag]; restricted {
		out.Network = &targets
	}
	if f.Reserved != nil {
		out.Concurrency = int(*f.Reserved)
	}
	for _, l := range i.Layers {
		out.Layers = append(out.Layers, l.Code)
	}
	return out
}

// versionARN is without a qualifier for $LATEST.
func versionARN(f *function.Function, v *function.Version) string {
	ref := f.Ref()
	if v.Number != 0 {
		ref.Qualifier = v.Name()
	}
	return ref.QualifiedARN()
}

const (
	// sessionTime is how long the credentials of an environment are good for.
	sessionTime = time.Hour
	// sessionRest is what must be left of it when an invocation begins: the longest
	// that one may take.
	sessionRest = 15 * time.Minute
)

// endpoints are the variables that say where the API is.
var endpoints = []string{"SECRETS_MANAGER_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SECRETS_MANAGER"}

// private are the values of an environment's variables that are nobody else's:
// credentials, and what may be a password. What is shorter is in every other word.
func private(given map[string]string) (out []string) {
	const shortest = 8
	for name, value := range given {
		if len(value) >= shortest && !slices.Contains(endpoints, name) {
			out = append(out, value)
		}
	}
	return out
}

// variables are the function's own, with what lets it find this server as its
// execution role (lambda.md, 5).
func (r *environments) variables(ctx context.Context, i lambda.Invocation) (map[string]string, time.Time, error) {
	own, err := i.Environment(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	session, expires, err := r.sessions.ForFunction(ctx, i.Function.Account, i.Version.Config.Role, i.Function.Name, sessionTime)
	if err != nil {
		return nil, time.Time{}, err
	}
	all := map[string]string{}
	for _, name := range endpoints {
		all[name] = r.endpoint
		if at := own[name]; at != "" && !atAWS(at) {
			all[name] = at
		}
	}
	for name, value := range own {
		if _, ours := all[name]; !ours {
			all[name] = value
		}
	}
	maps.Copy(all, map[string]string{
		"AWS_ACCESS_KEY_ID": session.AccessKeyID, "AWS_SECRET_ACCESS_KEY": session.SecretAccessKey, "AWS_SESSION_TOKEN": session.SessionToken,
	})
	return all, expires.Add(-sessionRest), nil
}

// atAWS tells whether a URL leads to AWS itself. Functions are brought with one
// that they had there, which knows nothing of this server's secrets.
func atAWS(at string) bool {
	u, err := url.Parse(at)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}
