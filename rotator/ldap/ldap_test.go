package ldap_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/ldaptest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/ldap"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is the one of all tests here; each has users of its own.
var (
	server *ldaptest.Server
	proxy  *ldaptest.Proxy // in front of it, without TLS
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if server, err = ldaptest.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	proxy, err = ldaptest.NewProxy(server.Host, nil, func() (net.Conn, error) {
		return net.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.Port)))
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer proxy.Close()
	return m.Run()
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: ldap.Engine{},
		Value: func(user, password string) map[string]any {
			return with(value(user, password), "port", proxy.Port)
		},
		User:  person,
		Login: login,
		Reset: reset,
		Drop: func(t testing.TB, user string) {
			proxy.Drop(func(name string) bool { return name == dn(user) })
		},
		Admin: ldaptest.Admin, AdminPassword: server.AdminPassword,
		Lock: func(t testing.TB, user string) {
			if err := server.Lock(dn(user)); err != nil {
				t.Fatal(err)
			}
		},
		Expire: func(t testing.TB, user string) {
			if err := server.Expire(dn(user), 0); err != nil {
				t.Fatal(err)
			}
		},
		OtherNames: func(user string) []string {
			return []string{
				strings.ToUpper(user), dn(user), "UID = " + user + ", OU=People,  DC=Alberti,dc=test",
				strings.Replace(dn(user), "uid=", "0.9.2342.19200300.100.1.1=", 1), strings.Replace(dn(user), "uid=", "userid=", 1),
			}
		},
	})
}

// value is a secret's value for a user of the server, without TLS.
func value(user, password string) map[string]any {
	return map[string]any{
		"host": server.Host, "port": server.Port, "username": user, "password": password,
		"base": ldaptest.People, "ssl": false,
	}
}

// secure is value over TLS, verified.
func secure(user, password string) map[string]any {
	return with(with(value(user, password), "ssl", true), "sslrootcert", string(server.CA))
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

// dn is what the directory calls a user of these tests.
func dn(user string) string {
	if strings.HasSuffix(user, ldaptest.Base) {
		return user
	}
	return ldaptest.PersonDN(user)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func person(t testing.TB, user, password string) {
	t.Helper()
	must(t, server.AddPerson(user, password))
}

// login logs in past the engine.
func login(_ testing.TB, user, password string) error { return server.Login(dn(user), password) }

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

// reset gives a user a password, past the engine.
func reset(t testing.TB, user, password string) {
	t.Helper()
	must(t, server.Replace(dn(user), "userPassword", password))
}

// single is a secret for a user who changes its own password.
func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, ldap.Engine{}, v)
}

// steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
