package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/demo/server"
	"github.com/alberti-dev/alberti/internal/pgtest"
)

const (
	singleUser  = "SecretsManagerRDSPostgreSQLRotationSingleUser"
	alternating = "SecretsManagerRDSPostgreSQLRotationMultiUser"

	rotationLimit = 30 * time.Second
)

// target is a PostgreSQL whose users are rotated, and a server that does it.
type target struct {
	*server.Server
	pg   *pgtest.Server
	conn *conn
	data string
}

// openTarget starts both, in a store of its own, and serve's further arguments.
func (b *bench) openTarget(ctx context.Context, name string, args ...string) (t *target, err error) {
	t = &target{data: filepath.Join(b.dir, name)}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.close())
		}
	}()
	if t.pg, err = pgtest.Start(ctx, pgtest.Options{Settings: map[string]string{"max_connections": "300"}}); err != nil {
		return t, err
	}
	return t, t.serve(ctx, b.program, args...)
}

// serve starts the server, anew if there was one, with these arguments.
func (t *target) serve(ctx context.Context, program string, args ...string) (err error) {
	if err := t.stopServer(); err != nil {
		return err
	}
	if t.Server, err = server.Start(ctx, server.Options{Program: program, Data: t.data, Log: t.data + ".log", Args: args}); err != nil {
		return err
	}
	t.conn, err = dial(t.Endpoint, t.URL)
	return err
}

func (t *target) stopServer() error {
	if t.conn != nil {
		t.conn.Close()
	}
	if t.Server == nil {
		return nil
	}
	return t.Stop()
}

func (t *target) close() error {
	err := t.stopServer()
	if t.pg != nil {
		err = errors.Join(err, t.pg.Stop())
	}
	return err
}

// newSecret makes a user of the database and the secret of the same name. Its
// administrator, if it has one, is another secret.
func (t *target) newSecret(ctx context.Context, user, administrator string) error {
	password := rand.Text()
	if err := t.pg.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", user, scram(password))); err != nil {
		return err
	}
	return t.createSecret(user, password, administrator)
}

func (t *target) createSecret(user, password, administrator string) error {
	value := map[string]any{
		"engine": "postgres", "host": t.pg.Host, "port": t.pg.Port, "ssl": false, "username": user, "password": password,
	}
	if administrator != "" {
		value["masterarn"] = administrator
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return t.call("secretsmanager.CreateSecret", map[string]any{
		"Name": user, "ClientRequestToken": newToken(), "SecretString": string(text),
	}, nil)
}

func (t *target) call(target string, in map[string]any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := t.conn.call(target, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// rotate asks for the rotation of a secret.
func (t *target) rotate(name, function string) error {
	return t.call("secretsmanager.RotateSecret", map[string]any{
		"SecretId": name, "ClientRequestToken": newToken(),
		"RotationLambdaARN": functionARN(function),
		"RotationRules":     map[string]any{"ScheduleExpression": "rate(30 days)"},
	}, nil)
}

func functionARN(name string) string {
	return "arn:aws:lambda:" + app.DefaultRegion + ":" + app.Account + ":function:" + name
}

// rotated is when a secret was last rotated, 0 for never.
func (t *target) rotated(name string) (float64, error) {
	var out struct{ LastRotatedDate float64 }
	err := t.call("secretsmanager.DescribeSecret", map[string]any{"SecretId": name}, &out)
	return out.LastRotatedDate, err
}

// await waits until a secret was rotated after a time, and gives when.
func (t *target) await(ctx context.Context, name string, before float64, every time.Duration) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, rotationLimit)
	defer cancel()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if last, err := t.rotated(name); err != nil || last > before {
			return last, err
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("%s is not rotated: %w: %s", name, ctx.Err(), t.trouble(name))
		case <-ticker.C:
		}
	}
}

// trouble is what the server says of a rotation that does not end.
func (t *target) trouble(name string) string {
	var out struct{ State, LastError string }
	if err := t.call("alberti.DescribeRotation", map[string]any{"SecretId": name}, &out); err != nil {
		return err.Error()
	}
	return out.State + " " + out.LastError
}

// connect logs in without trying TLS first, as the secrets here have it.
func connect(ctx context.Context, pg *pgtest.Server, user, password string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, strings.Replace(pg.DSN(user, password, "postgres"), "sslmode=prefer", "sslmode=disable", 1))
}

// login logs in and does a trifle.
func login(ctx context.Context, pg *pgtest.Server, user, password string) error {
	conn, err := connect(ctx, pg, user, password)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "SELECT now()")
	return errors.Join(err, conn.Close(ctx))
}
