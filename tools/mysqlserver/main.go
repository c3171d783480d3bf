// Command mysqlserver serves go-mysql-server, with users, on a free port of the
// loopback interface. The first line that it prints is the port; it runs until it
// is ended. From its environment it has ADMIN_PASSWORD, the password of the user
// admin, and TLS_CERT and TLS_KEY, a certificate and its key as PEM.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"

	sqle "github.com/dolthub/go-mysql-server"
	"github.com/dolthub/go-mysql-server/memory"
	"github.com/dolthub/go-mysql-server/server"
	"github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/mysql_db"
)

func main() {
	if err := serve(os.Getenv("ADMIN_PASSWORD")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(password string) error {
	if password == "" {
		return errors.New("ADMIN_PASSWORD is empty")
	}
	pair, err := tls.X509KeyPair([]byte(os.Getenv("TLS_CERT")), []byte(os.Getenv("TLS_KEY")))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	databases := memory.NewDBProvider(memory.NewDatabase("app"))
	engine := sqle.NewDefault(databases)
	addAdministrator(engine.Analyzer.Catalog.MySQLDb, password)
	config := server.Config{
		Protocol: "tcp", Address: listener.Addr().String(), Listener: listener,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
	}
	// Without a maker of contexts the first statement panics.
	newContext := func(ctx context.Context, options ...sql.ContextOption) *sql.Context {
		return sql.NewContext(ctx, options...)
	}
	s, err := server.NewServer(config, engine, newContext, memory.NewSessionBuilder(databases), nil)
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	return s.Start()
}

// addAdministrator switches users on: until then everybody is let in.
func addAdministrator(users *mysql_db.MySQLDb, password string) {
	users.SetPersister(&mysql_db.NoopPersister{}) // without one the first CREATE USER panics
	edit := users.Editor()
	defer edit.Close()
	users.AddSuperUser(edit, "admin", "%", password)
}
