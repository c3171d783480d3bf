package activedirectory_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/adtest"
	"github.com/alberti-dev/alberti/internal/ldaptest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is the one of all tests here; each has users of its own.
var (
	server *adtest.Server
	proxy  *ldaptest.Proxy // LDAPS in front of it, so that connections can be broken
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if server, err = adtest.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	if proxy, err = newProxy(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer proxy.Close()
	return m.Run()
}

func newProxy() (*ldaptest.Proxy, error) {
	pair, err := tls.LoadX509KeyPair(server.Files.Cert, server.Files.Key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	return ldaptest.NewProxy(server.Host, &tls.Config{Certificates: []tls.Certificate{pair}}, func() (net.Conn, error) {
		return tls.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(adtest.TLSPort)), &tls.Config{RootCAs: roots, ServerName: server.Host})
	})
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: activedirectory.Engine{},
		Value: func(user, password string) map[string]any {
			return with(with(plain(user, password), "port", proxy.Port), "protocol", "ldaps")
		},
		User:  func(t testing.TB, user, password string) { newUser(t, user, password) },
		Login: login,
		Reset: func(t testing.TB, user, password string) {
			t.Helper()
			must(t, server.Reset(user, password))
		},
		Drop: func(t testing.TB, user string) {
			proxy.Drop(func(name string) bool { return name == user+"@"+adtest.Domain })
		},
		Admin: adtest.Admin, AdminPassword: server.AdminPassword,
		Lock: lock, Expire: expire,
		OtherNames: func(user string) []string {
			return []string{strings.ToUpper(user), user + "@" + adtest.Domain, adtest.UserDN(user), strings.ToUpper(adtest.UserDN(user)), adtest.NetBIOS + `\` + user}
		},
		NotInNames: `"/\[]:;|=,+*?<>@`, // sAMAccountName takes none of these
	})
}

// plain is a secret's value with the usual keys.
func plain(user, password string) map[string]any {
	return map[string]any{
		"host": server.Host, "username": user, "password": password, "sslrootcert": string(server.CA),
	}
}

// seamless is a secret's value with the keys of AWS's template.
func seamless(user, password string) map[string]any {
	return map[string]any{
		"awsSeamlessDomainDirectoryId": server.Host, "awsSeamlessDomainUsername": user, "awsSeamlessDomainPassword": password,
		"sslrootcert": string(server.CA),
	}
}

// with changes a value; to nothing takes the key away.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	if to == nil {
		delete(v, key)
	}
	return v
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newUser(t testing.TB, user, password string, spns ...string) {
	t.Helper()
	_, err := server.AddUser(user, password, spns...)
	must(t, err)
}

// login logs in past the engine, with MIT's kinit.
func login(_ testing.TB, user, password string) error { return server.Kinit(user, password) }

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

// noEnv is an environment that names no keys.
func noEnv(string) (string, bool) { return "", false }

// single is a secret for a user who changes its own password.
func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	byKeys := func(_ rotator.Engine, c rotator.Config) contract.Function {
		return activedirectory.SingleUser(c, activedirectory.KeysFromEnv(noEnv))
	}
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", byKeys, nil, v)
}

// steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
