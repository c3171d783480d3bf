package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// gaps has a client that never stops: while one secret is rotated again and
// again, it reads the secret and logs in with what it read. It does so for
// either strategy.
func (b *bench) gaps(ctx context.Context) (err error) {
	t, err := b.openTarget(ctx, "gap")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.createSecret(t.pg.User, t.pg.Password, ""); err != nil {
		return err
	}
	b.out.gapsHead(b.gapRotations)
	for _, s := range []struct{ name, user, administrator, function string }{
		{"alternating users", "turns", t.pg.User, alternating},
		{"single user", "alone", "", singleUser},
	} {
		visits, recorded, err := b.gapsOf(ctx, t, s.user, s.administrator, s.function)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		b.out.gaps(s.name, s.function == singleUser, visits, recorded)
	}
	return nil
}

// rotationsADay is how often one secret is rotated here: it keeps at most 100
// versions of a day (secrets-manager.md, 2.0).
const rotationsADay = 50

// gapsOf is about one secret after the other, until there were enough rotations.
func (b *bench) gapsOf(ctx context.Context, t *target, user, administrator, function string) (visits []visit, recorded []gap, err error) {
	for done := 0; done < b.gapRotations; done += rotationsADay {
		times := min(rotationsADay, b.gapRotations-done)
		name := fmt.Sprint(user, done)
		if err := t.newSecret(ctx, name, administrator); err != nil {
			return nil, nil, err
		}
		v, err := t.visitWhile(ctx, name, func() error { return t.rotateTimes(ctx, name, function, times) })
		if err != nil {
			return nil, nil, err
		}
		gaps, err := t.recorded(ctx, b.program, name)
		if err == nil && len(gaps) != times {
			err = fmt.Errorf("%d rotations are on record, of %d", len(gaps), times)
		}
		if err != nil {
			return nil, nil, err
		}
		visits, recorded = append(visits, v...), append(recorded, gaps...)
	}
	return visits, recorded, nil
}

// rotateTimes rotates a secret so many times, one after the other.
func (t *target) rotateTimes(ctx context.Context, name, function string, times int) error {
	last := 0.0
	for range times {
		err := t.rotate(name, function)
		if err == nil {
			last, err = t.await(ctx, name, last, seeEvery)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seeEvery is how often it is asked whether the one rotation is done.
const seeEvery = 5 * time.Millisecond

// visit is one turn of the client: a read, and a login with what was read.
type visit struct {
	began, ended time.Time
	login        time.Duration
	refused      bool
}

// visitWhile has the client at work for as long as do takes.
func (t *target) visitWhile(ctx context.Context, name string, do func() error) ([]visit, error) {
	c, err := dial(t.Endpoint, t.URL)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var visits []visit
	failed := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			v, err := t.visit(context.WithoutCancel(ctx), c, name)
			if err != nil {
				failed <- err
				return
			}
			visits = append(visits, v)
		}
		failed <- nil
	}()
	err = do()
	cancel()
	return visits, errors.Join(err, <-failed)
}

const refusedPassword = "28P01" // invalid_password

func (t *target) visit(ctx context.Context, c *conn, name string) (v visit, err error) {
	v.began = time.Now()
	answer, err := c.call("secretsmanager.GetSecretValue", fmt.Appendf(nil, `{"SecretId":%q}`, name))
	if err != nil {
		return v, err
	}
	var out struct{ SecretString string }
	var value struct{ Username, Password string }
	if err := errors.Join(json.Unmarshal(answer, &out), json.Unmarshal([]byte(out.SecretString), &value)); err != nil {
		return v, err
	}
	began := time.Now()
	err = login(ctx, t.pg, value.Username, value.Password)
	v.ended = time.Now()
	v.login = v.ended.Sub(began)
	var server *pgconn.PgError
	if v.refused = errors.As(err, &server) && server.Code == refusedPassword; v.refused {
		err = nil
	}
	return v, err
}

// gap is when AWSCURRENT was refused, as the server recorded it, zero for a
// rotation that had none; and what the rotation's steps took.
type gap struct {
	changed, promoted time.Time
	steps             []secret.StepRecord
}

// covers tells whether a visit and the gap have a moment in common.
func (g gap) covers(v visit) bool {
	return !g.changed.IsZero() && !v.began.After(g.promoted) && !v.ended.Before(g.changed)
}

// recorded reads the gaps of a secret's rotations from the store itself, which
// knows their moments, where the API tells only their lengths.
func (t *target) recorded(ctx context.Context, program, name string) (out []gap, err error) {
	if err := t.stopServer(); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{Where: filepath.Join(t.data, "alberti.db"), Now: time.Now})
	if err != nil {
		return nil, err
	}
	const all = 1 << 20
	err = st.View(ctx, func(tx *store.Tx) error {
		sec, err := tx.Secret(secret.ID{Region: app.DefaultRegion, Account: app.Account, Name: name})
		if err != nil || sec == nil {
			return errors.Join(err, fmt.Errorf("%s is gone", name))
		}
		jobs, err := tx.Jobs(sec.Key, all)
		for _, j := range jobs {
			if j.State != secret.Succeeded {
				return fmt.Errorf("a rotation of %s is %s", name, j.State)
			}
			steps, err := tx.Steps(j.ID)
			if err != nil {
				return err
			}
			out = append(out, gap{j.Changed, j.Promoted, steps})
		}
		return err
	})
	if err := errors.Join(err, st.Close()); err != nil {
		return nil, err
	}
	return out, t.serve(ctx, program)
}
