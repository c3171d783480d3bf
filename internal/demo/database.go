package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const database = "shop"

// postgresSettings have PostgreSQL write down all it is told: a password that
// reached it in clear would be in its log.
var postgresSettings = map[string]string{"log_statement": "all", "log_min_duration_statement": "0"}

// schema is the application's data, and who may do what with it: shop_app reads
// orders; shop_web writes them, as a member of shop_writers.
const schema = `
CREATE TABLE orders (id serial PRIMARY KEY, item text NOT NULL);
INSERT INTO orders (item) VALUES ('compass'), ('cipher disk'), ('plumb line');
CREATE ROLE shop_writers;
GRANT SELECT, INSERT ON orders TO shop_writers;
GRANT USAGE ON SEQUENCE orders_id_seq TO shop_writers;`

const orders = 3 // in the table from the start

func (d *demo) postgresVersion(ctx context.Context) (version string, err error) {
	conn, err := d.postgres.Admin(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SHOW server_version").Scan(&version)
	version, _, _ = strings.Cut(version, " ") // what the packager adds
	return version, err
}

// makeDatabase makes the application's database.
func (d *demo) makeDatabase(ctx context.Context) error {
	if err := d.postgres.Exec(ctx, "CREATE DATABASE "+database); err != nil {
		return err
	}
	return d.asAdmin(ctx, schema)
}

// makeUser makes a user with its first password, unseen by the log: it is we
// who send this one in clear, as whoever runs CREATE ROLE by hand does.
func (d *demo) makeUser(ctx context.Context, c credential, rights string) error {
	return d.asAdmin(ctx,
		"SET log_statement = 'none'", "SET log_min_duration_statement = -1",
		"CREATE ROLE "+c.Username+" LOGIN PASSWORD '"+c.Password+"'; "+rights)
}

// asAdmin sends texts of SQL one by one. PostgreSQL logs a text as a whole,
// before it runs any of it.
func (d *demo) asAdmin(ctx context.Context, texts ...string) error {
	return d.withLogin(ctx, d.admin(), func(conn *pgx.Conn) error {
		for _, sql := range texts {
			if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
				return err
			}
		}
		return nil
	})
}

// withLogin logs in afresh and does something.
func (d *demo) withLogin(ctx context.Context, c credential, do func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, d.postgres.DSN(c.Username, c.Password, database))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return do(conn)
}

// accepted proves that a credential is good: it logs in and reads the orders. Of two
// users the second acts as the first, whom all that it makes belongs to.
func (d *demo) accepted(ctx context.Context, c credential) error {
	return d.withLogin(ctx, c, func(conn *pgx.Conn) error {
		var who string
		var n int
		if err := conn.QueryRow(ctx, "SELECT session_user, count(*) FROM orders").Scan(&who, &n); err != nil {
			return err
		}
		if who != c.Username || n < orders {
			return fmt.Errorf("%s read %d orders, logged in as %s", c.Username, n, who)
		}
		return nil
	})
}

// refused proves that a credential is not good any more: PostgreSQL itself says
// so. A server that cannot be reached proves nothing.
func (d *demo) refused(ctx context.Context, c credential) error {
	err := d.accepted(ctx, c)
	var answer *pgconn.PgError
	switch {
	case err == nil:
		return fmt.Errorf("%s still logs in with a password that should be refused", c.Username)
	case !errors.As(err, &answer) || answer.Code != "28P01":
		return fmt.Errorf("a login of %s failed, but not because of its password: %w", c.Username, err)
	}
	return nil
}

// writes proves that a user may write orders and starts with the settings that
// the administrator gave to shop_web.
func (d *demo) writes(ctx context.Context, c credential) error {
	return d.withLogin(ctx, c, func(conn *pgx.Conn) error {
		if _, err := conn.Exec(ctx, "INSERT INTO orders (item) VALUES ('by ' || current_user)"); err != nil {
			return err
		}
		var timeout string
		if err := conn.QueryRow(ctx, "SHOW statement_timeout").Scan(&timeout); err != nil {
			return err
		}
		if timeout != webTimeout {
			return fmt.Errorf("%s has statement_timeout %s, not %s", c.Username, timeout, webTimeout)
		}
		return nil
	})
}
