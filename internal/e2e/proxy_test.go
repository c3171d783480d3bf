package e2e_test

import (
	"testing"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// proxy is one whose trouble is its test's. It does not know TLS: the secret's
// ssl key must be false.
type proxy struct{ *pgproxy.Proxy }

// newProxy makes a proxy to the database, which listens until the end of the test.
func newProxy(t testing.TB) proxy {
	t.Helper()
	pg := database(t)
	p, err := pgproxy.Start(pg.Host, pg.Port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Down)
	return proxy{p}
}

// Via leads a login through the proxy.
func (p proxy) Via(l login) login {
	l.Host, l.Port, l.TLS = p.Host, p.Port, "false"
	return l
}

// Up listens again, on the same port as before.
func (p proxy) Up(t testing.TB) {
	t.Helper()
	if err := p.Proxy.Up(); err != nil {
		t.Fatal(err)
	}
}
