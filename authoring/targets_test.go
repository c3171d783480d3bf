package authoring_test

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/mariadbtest"
	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/secret"
)

const firstPassword = "first-password-1"

// noTarget is a value that lies in the secret alone.
func noTarget() live {
	return live{map[string]any{"password": firstPassword}, func(value map[string]any) error {
		if value["password"] == firstPassword {
			return errors.New("it is the first still")
		}
		return nil
	}}
}

// postgreSQL is a server, with a user for each that asks.
func postgreSQL(t *testing.T, tls bool) func(t *testing.T, user string) live {
	s := pgtest.Run(t, pgtest.Options{TLS: tls})
	return func(t *testing.T, user string) live {
		if err := s.Exec(t.Context(), "CREATE ROLE "+user+" LOGIN PASSWORD '"+firstPassword+"'"); err != nil {
			t.Fatal(err)
		}
		return loginBy(t, postgres.Engine{}, map[string]any{
			"engine": "postgres", "host": "localhost", "port": s.Port, "username": user, "password": firstPassword,
		}, s.CA)
	}
}

// mariaDB is a server, with a user for each that asks.
func mariaDB(t *testing.T, tls bool) func(t *testing.T, user string) live {
	s, err := mariadbtest.Start(t.Context(), mariadbtest.Options{TLS: tls})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return func(t *testing.T, user string) live {
		db := s.Open(s.User, s.Password)
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), "CREATE USER '"+user+"' IDENTIFIED BY '"+firstPassword+"'"); err != nil {
			t.Fatal(err)
		}
		return loginBy(t, mysql.MariaDB, map[string]any{
			"engine": "mariadb", "host": "localhost", "port": s.Port, "username": user, "password": firstPassword,
		}, s.CA)
	}
}

// loginBy logs in with an engine of ours. The authority is nil where the server has
// no TLS: then it logs in without.
func loginBy(t *testing.T, e rotator.Engine, value map[string]any, authority []byte) live {
	if authority != nil {
		value["sslrootcert"] = string(authority)
	}
	return live{value, func(value map[string]any) error {
		value = maps.Clone(value)
		value["ssl"] = authority != nil
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		c, err := rotator.ParseCredential(secret.Text(string(text)), e.Traits())
		if err != nil {
			return err
		}
		session, err := e.Login(t.Context(), c, &contract.Report{})
		if err != nil {
			return err
		}
		return session.Close()
	}}
}

// account is what OpenSearch documents of one of its users.
type account struct {
	mu             sync.Mutex
	user, password string
}

func (a *account) login(value map[string]any) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if value["password"] != a.password {
		return errors.New("it has another")
	}
	return nil
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if user, password, _ := r.BasicAuth(); user != a.user || password != a.password {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Method == http.MethodGet {
		return
	}
	var change struct {
		Current string `json:"current_password"`
		New     string `json:"password"`
	}
	if json.NewDecoder(r.Body).Decode(&change) != nil || change.Current != a.password || change.New == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	a.password = change.New
}

// openSearch is a service for each user that asks.
func openSearch(_ *testing.T, tls bool) func(t *testing.T, user string) live {
	return func(t *testing.T, user string) live {
		a := &account{user: user, password: firstPassword}
		server := httptest.NewUnstartedServer(a)
		server.Config.ErrorLog = log.New(io.Discard, "", 0) // clients are to hang up
		value := map[string]any{"host": "localhost", "username": user, "password": firstPassword}
		if tls {
			pair, err := certtest.New("localhost")
			if err != nil {
				t.Fatal(err)
			}
			if server.TLS, err = pair.Config(); err != nil {
				t.Fatal(err)
			}
			value["sslrootcert"] = string(pair.CA)
			server.StartTLS()
		} else {
			server.Start()
		}
		t.Cleanup(server.Close)
		value["port"] = server.Listener.Addr().(*net.TCPAddr).Port
		return live{value, a.login}
	}
}
