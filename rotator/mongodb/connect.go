package mongodb

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/alberti-dev/alberti/rotator"
)

// connect logs in. The driver looks for servers until its time is up; where only
// one may be asked, its first failure is the answer.
func connect(ctx context.Context, c rotator.Credential, p place, t *tls.Config) (*mongo.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	w, d := &watch{}, &dialer{tls: t, host: c.Host}
	if !p.discovers() {
		w.failed = cancel
	}
	client, err := mongo.Connect(optionsFor(c, p, d, w))
	if err != nil {
		return nil, classify(c, err)
	}
	if err := client.Ping(ctx, nil); err != nil {
		err = classify(c, w.cause(err))
		client.Disconnect(context.WithoutCancel(ctx))
		return nil, err
	}
	d.done.Store(true)
	return client, nil
}

// discovers tells whether servers beside the one that is named may be asked.
func (p place) discovers() bool { return p.srv || p.replicaSet != "" }

// optionsFor says nothing but what the credential does. Nothing is tried again
// behind our back: the functions find out themselves what became of a command.
func optionsFor(c rotator.Credential, p place, d *dialer, w *watch) *options.ClientOptions {
	o := options.Client()
	if p.srv {
		o.ApplyURI("mongodb+srv://" + c.Host + "/")
	} else {
		o.SetHosts([]string{c.Address()}).SetDirect(!p.discovers())
	}
	if p.replicaSet != "" {
		o.SetReplicaSet(p.replicaSet)
	}
	return o.SetTLSConfig(nil).SetDialer(d).SetServerMonitor(w.monitor()).
		SetAppName("alberti").SetMaxPoolSize(1).SetServerMonitoringMode("poll").
		SetConnectTimeout(connectTimeout).SetServerSelectionTimeout(connectTimeout).
		SetRetryReads(false).SetRetryWrites(false).SetMaxAdaptiveRetries(0).
		SetAuth(options.Credential{
			AuthMechanism: p.mechanism, AuthSource: p.own,
			Username: c.Username, Password: string(c.Password.Reveal()), PasswordSet: true,
		})
}

// dialer makes connections with TLS, where there is to be any, so that a failure
// of TLS is told from one of the network. It makes none once the login is done:
// the driver would log in anew behind our back, perhaps at another server.
type dialer struct {
	tls  *tls.Config
	host string // that the secret names
	done atomic.Bool
}

var errLost = errors.New("the connection was lost")

// DialContext implements options.ContextDialer.
func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if d.done.Load() {
		return nil, errLost
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil || d.tls == nil {
		return conn, err
	}
	config := d.tls
	if host, _, err := net.SplitHostPort(address); err == nil && config.ServerName == d.host && host != d.host {
		config = config.Clone()
		config.ServerName = host // another member of the replica set
	}
	secured := tls.Client(conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{err}
	}
	return secured, nil
}

// handshakeError is a failure of TLS, whatever it looks like: a server without
// TLS just hangs up.
type handshakeError struct{ error }

func (e *handshakeError) Unwrap() error { return e.error }

// watch remembers why a server could not be asked. The driver's own error says
// only that it found none in time.
type watch struct {
	failed func() // to be told at once

	mu   sync.Mutex
	last error
}

func (w *watch) monitor() *event.ServerMonitor {
	return &event.ServerMonitor{ServerHeartbeatFailed: func(e *event.ServerHeartbeatFailedEvent) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.last == nil && w.failed != nil {
			defer w.failed()
		}
		w.last = e.Failure
	}}
}

// cause is what a server did, rather than that none was found.
func (w *watch) cause(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, answered := answer(err); answered || w.last == nil {
		return err
	}
	return w.last
}
