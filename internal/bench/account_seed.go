package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/internal/demo/server"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// account is a server with so many secrets.
type account struct {
	*server.Server
	secrets int
	seeding time.Duration
	options server.Options
}

// openAccount seeds a store and starts a server on it.
func (b *bench) openAccount(ctx context.Context, secrets int) (*account, error) {
	return openSeeded(ctx, b.program, filepath.Join(b.dir, fmt.Sprint("account-", secrets)), secrets, services)
}

// openSeeded is openAccount for another kind of secrets and another program.
func openSeeded(ctx context.Context, program, data string, secrets int, k kind) (*account, error) {
	options := server.Options{Program: program, Data: data, Log: data + ".log"}
	first, err := server.Start(ctx, options) // makes the keys
	if err != nil {
		return nil, err
	}
	a := &account{Server: first, secrets: secrets, options: options}
	_, err = a.call("secretsmanager.CreateSecret", fmt.Sprintf(`{"Name":"first","ClientRequestToken":%q,"SecretString":"x"}`, newToken()))
	if err := errors.Join(err, first.Stop()); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := seedStore(ctx, data, secrets, k); err != nil {
		return nil, err
	}
	a.seeding = time.Since(began)
	a.Server, err = server.Start(ctx, options)
	return a, err
}

// call makes one request over a connection of its own.
func (a *account) call(target, body string) ([]byte, error) {
	c, err := dial(a.Endpoint, a.URL)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.call(target, []byte(body))
}

// seeder writes secrets as CreateSecret does, and their first read of the day,
// but thousands to a commit, and without their audit events.
type seeder struct {
	store *store.Store
	ring  *keyring.Ring
	key   keyring.Key
	r     *rand.Rand
	kind
}

// kind is what is seeded.
type kind struct {
	// make fills the i-th secret in, and makes its value.
	make func(s *secret.Secret, i int, now time.Time, r *rand.Rand) (value string, err error)
	read bool // each was read today, so that no read of the measurement has to write that down
}

// seededAtOnce is few enough: what a commit changes is remembered to undo it, and
// SQLite walks through that memory at every statement.
const seededAtOnce = 100

func seedStore(ctx context.Context, data string, secrets int, k kind) (err error) {
	root, err := keyring.OpenLocal(filepath.Join(data, "root.key"))
	if err != nil {
		return err
	}
	s := &seeder{kind: k, r: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))}
	if s.store, err = store.Open(ctx, store.Config{Where: filepath.Join(data, "alberti.db"), Now: time.Now}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	s.ring = keyring.New(root, nil)
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		s.key.ID, s.key.Wrapped, err = tx.KMSKey(app.Account, app.DefaultRegion, "alias/aws/secretsmanager")
		return err
	})
	for from := 0; err == nil && from < secrets; from += seededAtOnce {
		err = s.some(ctx, from, min(from+seededAtOnce, secrets))
	}
	if err != nil || !s.read {
		return err
	}
	return s.awaitTouches(ctx, secrets)
}

func (s *seeder) some(ctx context.Context, from, to int) error {
	var seeded []*secret.Secret
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		for i := from; i < to; i++ {
			one, err := s.one(ctx, tx, i)
			if err != nil {
				return err
			}
			seeded = append(seeded, one)
		}
		return nil
	})
	for _, one := range seeded {
		if !s.read {
			break
		}
		s.store.Touch(&store.Found{Key: one.Key, ARN: one.ARN, VersionID: one.Versions[0].ID}, s.store.Now())
	}
	return err
}

func (s *seeder) one(ctx context.Context, tx *store.Tx, i int) (*secret.Secret, error) {
	out := secret.New(seededARN(i), tx.Now())
	text, err := s.make(out, i, tx.Now(), s.r)
	if err != nil {
		return nil, err
	}
	version := uuid.NewString()
	if _, err := out.Put(version, nil, "", tx.Now()); err != nil {
		return nil, err
	}
	sealed, err := s.ring.Seal(ctx, s.key, keyring.Context{SecretARN: out.ARN.String(), VersionID: version}, secret.Text(text))
	if err != nil {
		return nil, err
	}
	if err := tx.PutSecret(out); err != nil {
		return nil, err
	}
	return out, tx.PutValue(out, version, sealed)
}

// services are the secrets of an account that is read and listed.
var services = kind{make: service, read: true}

func service(s *secret.Secret, i int, _ time.Time, r *rand.Rand) (string, error) {
	team, _, _ := strings.Cut(s.Name(), "/")
	s.Description = fmt.Sprintf("Database of service %d, shard %d", i/100, i%100)
	s.Tags = []secret.Tag{{Key: "team", Value: team}, {Key: "env", Value: []string{"prod", "test"}[i%2]}}
	if i%1000 == 7 {
		s.Tags = append(s.Tags, secret.Tag{Key: "pci", Value: "yes"})
	}
	return string(appendRandom(nil, r, valueSize)), nil
}

// seededARN gives each team 1,000 secrets, with its prefix.
func seededARN(i int) secret.ARN {
	return secret.ARN{
		Region: app.DefaultRegion, Account: app.Account,
		Name: fmt.Sprintf("team-%03d/service-%06d", i/1000, i), Suffix: fmt.Sprintf("%06d", i),
	}
}

// awaitTouches waits until the first reads of the day are written, so that they
// do not disturb what is measured.
func (s *seeder) awaitTouches(ctx context.Context, secrets int) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for i := 0; i < secrets; {
		f, err := s.store.Value(ctx, secret.ID{Region: app.DefaultRegion, Account: app.Account, Name: seededARN(i).Name}, store.Choice{Label: secret.Current})
		if err != nil {
			return err
		}
		if !f.Accessed.IsZero() {
			i += max(1, secrets/1000)
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
	return nil
}
