package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/pgtest"
)

const (
	rotationRounds = 2
	rotationLimit  = 30 * time.Second
	askEvery       = 2 * time.Millisecond
	// workers is how many rotations the server runs at a time (--rotation-workers).
	workers = 4
)

// pace is what so many operations took, one after the other and all at once.
type pace struct{ sequential, concurrent []float64 } // operations a second

// rotate measures rotations of users of a PostgreSQL, beside what PostgreSQL
// alone takes for a change of password and a login.
func (b *bench) rotate(ctx context.Context) (err error) {
	pg, err := pgtest.Start(ctx, pgtest.Options{Settings: map[string]string{"max_connections": "200"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	r := &rotations{bench: b, pg: pg}
	defer r.close()
	if err := r.setUp(ctx); err != nil {
		return err
	}
	var ours, raw pace
	for range rotationRounds {
		for _, m := range []struct {
			rates *[]float64
			do    func(context.Context) error
		}{
			{&ours.sequential, r.rotateInTurn}, {&raw.sequential, func(ctx context.Context) error { return r.alterAll(ctx, 1) }},
			{&ours.concurrent, r.rotateAtOnce}, {&raw.concurrent, func(ctx context.Context) error { return r.alterAll(ctx, workers) }},
		} {
			began := time.Now()
			if err := m.do(ctx); err != nil {
				return err
			}
			*m.rates = append(*m.rates, float64(b.rotations)/time.Since(began).Seconds())
		}
	}
	b.out.rotations(b.rotations, ours, raw)
	return nil
}

// rotations are the users and their secrets.
type rotations struct {
	*bench
	pg     *pgtest.Server
	conn   *conn
	admins []*pgx.Conn // one for each raw user
}

func rotated(i int) string { return fmt.Sprintf("rotated_%03d", i) } // changed by alberti
func altered(i int) string { return fmt.Sprintf("altered_%03d", i) } // changed by us

// setUp makes the users, and for those that alberti rotates the secrets.
func (r *rotations) setUp(ctx context.Context) (err error) {
	if r.conn, err = dial(r.server.Endpoint, r.server.URL); err != nil {
		return err
	}
	var sql strings.Builder
	for i := range r.bench.rotations {
		password := rand.Text()
		fmt.Fprintf(&sql, "CREATE ROLE %s LOGIN PASSWORD '%s'; CREATE ROLE %s LOGIN; ", rotated(i), scram(password), altered(i))
		if err := r.createSecret(i, password); err != nil {
			return err
		}
	}
	if err := r.pg.Exec(ctx, sql.String()); err != nil {
		return err
	}
	for range r.bench.rotations {
		admin, err := r.pg.Admin(ctx)
		if err != nil {
			return err
		}
		r.admins = append(r.admins, admin)
	}
	return nil
}

func (r *rotations) close() {
	if r.conn != nil {
		r.conn.Close()
	}
	for _, c := range r.admins {
		c.Close(context.Background())
	}
}

func (r *rotations) createSecret(i int, password string) error {
	value, err := json.Marshal(map[string]any{
		"engine": "postgres", "host": r.pg.Host, "port": r.pg.Port, "ssl": false,
		"username": rotated(i), "password": password,
	})
	if err != nil {
		return err
	}
	return r.call("secretsmanager.CreateSecret", map[string]any{
		"Name": rotated(i), "ClientRequestToken": newToken(), "SecretString": string(value),
	}, nil)
}

func (r *rotations) call(target string, in map[string]any, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := r.conn.call(target, body)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// rotateInTurn rotates each secret when the one before is done.
func (r *rotations) rotateInTurn(ctx context.Context) error {
	for i := range r.bench.rotations {
		token, err := r.request(i)
		if err != nil {
			return err
		}
		if err := r.await(ctx, i, token); err != nil {
			return err
		}
	}
	return nil
}

// rotateAtOnce asks for all rotations, and then waits for them in order: whoever
// waits for them all together only takes the CPU from them.
func (r *rotations) rotateAtOnce(ctx context.Context) error {
	tokens := make([]string, r.bench.rotations)
	for i := range tokens {
		var err error
		if tokens[i], err = r.request(i); err != nil {
			return err
		}
	}
	for i, token := range tokens {
		if err := r.await(ctx, i, token); err != nil {
			return err
		}
	}
	return nil
}

// request asks for the rotation of a secret, and turns it on the first time.
func (r *rotations) request(i int) (token string, err error) {
	token = newToken()
	return token, r.call("secretsmanager.RotateSecret", map[string]any{
		"SecretId": rotated(i), "ClientRequestToken": token,
		"RotationLambdaARN": "arn:aws:lambda:" + app.DefaultRegion + ":" + app.Account +
			":function:SecretsManagerRDSPostgreSQLRotationSingleUser",
		"RotationRules": map[string]any{"ScheduleExpression": "rate(30 days)"},
	}, nil)
}

// await waits until a rotation is done.
func (r *rotations) await(ctx context.Context, i int, token string) error {
	ctx, cancel := context.WithTimeout(ctx, rotationLimit)
	defer cancel()
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		if done, err := r.done(i, token); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not rotated: %w", rotated(i), ctx.Err())
		case <-ticker.C:
		}
	}
}

// done tells whether a rotation, the secret's latest, has succeeded.
func (r *rotations) done(i int, token string) (bool, error) {
	var out struct {
		History []struct {
			VersionID    string `json:"VersionId"`
			State, Error string
		}
	}
	if err := r.call("alberti.DescribeRotation", map[string]any{"SecretId": rotated(i)}, &out); err != nil {
		return false, err
	}
	switch latest := out.History[0]; {
	case latest.VersionID != token:
		return false, fmt.Errorf("another rotation of %s has begun", rotated(i))
	case latest.Error != "":
		return false, fmt.Errorf("%s: %s", rotated(i), latest.Error)
	default:
		return latest.State == "succeeded", nil
	}
}

// alterAll changes the passwords of all raw users, so many at a time.
func (r *rotations) alterAll(ctx context.Context, concurrent int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrent)
	for i := range r.admins {
		group.Go(func() error { return r.alterOne(ctx, i) })
	}
	return group.Wait()
}

// alterOne is the least that a change of password takes: a verifier, ALTER ROLE
// over a connection that is open, and a login with the new password.
func (r *rotations) alterOne(ctx context.Context, i int) error {
	password := rand.Text()
	if _, err := r.admins[i].Exec(ctx, fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", altered(i), scram(password))); err != nil {
		return err
	}
	return r.pg.CanLogin(ctx, altered(i), password, "postgres")
}
