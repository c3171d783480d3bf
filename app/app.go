package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/httpd"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/journal"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/replication"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/secretsmanager"
	"github.com/alberti-dev/alberti/store"
	"github.com/alberti-dev/alberti/testclock"
)

// App is a server that listens and is ready to run.
type App struct {
	config     Config
	clock      *testclock.Clock
	tls        *tls.Config // nil without TLS
	lock       *os.File
	store      *store.Store
	trail      *audit.Trail
	shipper    *shipper
	runner     *rotation.Runner
	replicator *replication.Replicator
	remover    remover
	sessions   *identity.Sessions
	listener   net.Listener
	handler    http.Handler
	server     *httpd.Server
	devClock   *devClock // nil without --dev
	root       rootKey

	// Of the functions that users bring:
	functions    *lambda.Service
	environments *environments
	logs         *logs.Writer
	inside       net.Listener
}

// New opens everything and listens. What it opened before an error it closes.
func New(ctx context.Context, c Config) (*App, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &App{config: c, clock: testclock.New(c.Now)}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	c := a.config
	if a.tls, err = c.tlsConfig(); err != nil {
		return err
	}
	if a.lock, err = lockData(c.Data); err != nil {
		return err
	}
	if a.store, err = store.Open(ctx, store.Config{
		Where: c.storePath(), Now: a.clock.Now, AtOpening: !c.RotationSpread, Reached: c.reachedStore,
	}); err != nil {
		return err
	}
	if err := a.resumeClock(ctx); err != nil {
		return err
	}
	if a.trail, err = audit.Open(filepath.Join(c.Data, "audit"), a.clock.Now); err != nil {
		return err
	}
	deployed, err := deploymentValue(ctx, a.store)
	if err != nil {
		return err
	}
	root, err := openRootKey(c, deployed == nil)
	if err != nil {
		return err
	}
	if err := a.assemble(ctx, root); err != nil {
		return err
	}
	if err := a.freeLeases(ctx); err != nil {
		return err
	}
	if err := writeClientFiles(c.Data, a.URL(), a.root); err != nil {
		return err
	}
	if c.RootKey == "" {
		c.Log.Warn("the root key lies beside the data that it guards; in production keep it elsewhere with --root-key", "root_key", c.rootKeyPath())
	}
	return nil
}

// base is what all services work with.
func (a *App) base() door.Base {
	return door.Base{Store: a.store, Trail: a.trail, Committed: a.shipper.notify, Log: a.config.Log}
}

// assemble ties the parts together.
func (a *App) assemble(ctx context.Context, root keyring.Wrapper) error {
	c := a.config
	sealed, err := openDeployment(ctx, a.store, root)
	if err != nil {
		return err
	}
	if a.root, err = openRootAccess(ctx, c, a.store, root); err != nil {
		return err
	}
	ring := keyring.New(root, a.loadKey)
	var functionClients clients
	found := &finder{secrets: functionClients.connect}
	if found.builtin, err = builtin(functionClients.connect, c, a.clock.Now); err != nil {
		return err
	}
	kept := journal.Open(c.journalPath(), root)
	if err := kept.Make(); err != nil {
		return err
	}
	a.shipper = newShipper(a.store, a.trail, c.Log)
	a.runner = rotation.New(rotation.Config{
		Store: a.store, Function: found.find, Committed: a.shipper.notify, Log: c.Log, Reached: c.Reached, Hold: a.clock.Hold,
		Journal: kept,
		Workers: c.RotationWorkers, PerHost: c.RotationPerHost, Lease: c.RotationLease, Step: c.RotationStepTimeout, Retry: c.RotationRetry,
		Attempts: c.RotationAttempts,
	})
	a.replicator = replication.New(replication.Config{
		Store: a.store, Ring: ring, Committed: a.shipper.notify, Log: c.Log, Reached: c.reachedReplica,
	})
	parts := secretsmanager.Config{
		Base: a.base(), Ring: ring, Pages: sealed.pages, Functions: found, MinInterval: c.MinRotationInterval,
		Forget: func(arn string) {
			if err := kept.Forget(arn); err != nil {
				c.Log.Error("the journal of a deleted secret is left behind", "secret", arn, "error", err)
			}
		},
	}
	parts.Committed = func() {
		a.runner.Wake()
		a.shipper.notify()
	}
	service, err := secretsmanager.New(parts)
	if err != nil {
		return err
	}
	functionClients.service = service
	a.remover = remover{remove: service.RemoveDeleted, now: a.clock.Now, log: c.Log}
	operator, err := secretsmanager.NewOperator(parts)
	if err != nil {
		return err
	}
	a.logs = logs.NewWriter(logs.WriterConfig{Store: a.store, Ring: ring, Limit: int64(c.FunctionLogMiB) << 20, Log: c.Log})
	read, err := logs.New(logs.Config{Base: a.base(), Ring: ring})
	if err != nil {
		return err
	}
	// Clients go by clocks of their own: signatures and sessions by the real time.
	a.sessions = identity.NewSessions(identity.SessionsConfig{Store: a.store, Trail: a.trail, Tokens: sealed.sessions, Now: c.Now})
	identities, err := a.newIdentities(sealed.pages)
	if err != nil {
		return err
	}
	who := newAuthenticator(a.store, root, a.sessions, c.Now)
	if err := a.listenInside(); err != nil {
		return err
	}
	functions, err := a.newFunctions(ring, sealed.pages, found, who)
	if err != nil {
		return err
	}
	if c.Dev {
		a.devClock = a.newDevClock()
	}
	a.handler = a.newHandler(newAPI(service, operator, read, who, c.Log), newQueryAPI(identities, who, c.Log), functions)
	a.server = a.newServer()
	a.listener, err = net.Listen("tcp", c.Listen)
	return err
}

func (a *App) loadKey(ctx context.Context, id string) (keyring.Key, error) {
	wrapped, err := a.store.KMSKeyByID(ctx, id)
	if err == nil && wrapped == nil {
		err = fmt.Errorf("there is no KMS key %s", id)
	}
	return keyring.Key{ID: id, Wrapped: wrapped}, err
}

// freeLeases lets rotations that a killed server left go on at once, where no
// other server can hold them.
func (a *App) freeLeases(ctx context.Context) error {
	if !a.store.Exclusive() {
		return nil
	}
	return a.store.Update(ctx, func(tx *store.Tx) error { return tx.ReleaseLeases() })
}

// URL is where clients reach the server.
func (a *App) URL() string {
	scheme := "http"
	if a.config.TLSCert != "" {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(a.listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// RootAccessKey is the root user's access key.
func (a *App) RootAccessKey() (id string, secret Secret) { return a.root.id, a.root.secret }

// Run serves until the context ends, then drains and closes: within ten seconds.
func (a *App) Run(ctx context.Context) error {
	releaseStart()
	group, ctx := errgroup.WithContext(ctx)
	lasting, stopLasting := context.WithCancel(context.WithoutCancel(ctx))
	var last sync.WaitGroup
	last.Go(func() { keepSmall(lasting) })
	last.Go(func() { a.shipper.run(lasting) })
	last.Go(func() { a.logs.Run(lasting) })
	last.Go(func() { a.serveFunctions(lasting) })
	group.Go(a.serve)
	group.Go(func() error { return a.runner.Run(ctx) })
	group.Go(func() error { return a.replicator.Run(ctx) })
	group.Go(func() error { return a.functions.Run(ctx) })
	group.Go(func() error {
		a.readyForFunctions(ctx)
		return nil
	})
	group.Go(func() error {
		a.remover.run(ctx)
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		a.drain()
		return nil
	})
	err := errors.Join(group.Wait(), a.environments.close())
	stopLasting() // what drained left its events, and functions their last lines
	last.Wait()
	return errors.Join(err, a.close())
}

func (a *App) close() error {
	var errs []error
	for _, l := range []net.Listener{a.listener, a.inside} {
		if l == nil {
			continue
		}
		if err := l.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.trail != nil {
		errs = append(errs, a.trail.Close())
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}
