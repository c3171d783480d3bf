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
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

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

func seedStore(ctx context.Context, data string, secrets int, k kind) error {
	return withSeeder(ctx, data, k, func(s *seeder) error {
		for from := 0; from < secrets; from += seededAtOnce {
			if err := s.some(ctx, from, min(from+seededAtOnce, secrets)); err != nil {
				return err
			}
		}
		if !s.read {
			return nil
		}
		return s.awaitTouches(ctx, secrets)
	})
}

// readAgain reads every secret for the first time of a day.
func readAgain(ctx context.Context, data string, secrets int) error {
	return withSeeder(ctx, data, services, func(s *seeder) error {
		for i := range secrets {
			f, err := s.value(ctx, i)
			if err != nil {
				return err
			}
			s.store.Touch(f, s.store.Now())
		}
		return s.awaitTouches(ctx, secrets)
	})
}

func withSeeder(ctx context.Context, data string, k kind, do func(*seeder) error) (err error) {
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
	if err != nil {
		return err
	}
	return do(s)
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

// value reads the i-th secret.
func (s *seeder) value(ctx context.Context, i int) (*store.Found, error) {
	f, err := s.store.Value(ctx, secret.ID{Region: app.DefaultRegion, Account: app.Account, Name: seededARN(i).Name}, store.Choice{Label: secret.Current})
	if err == nil && f == nil {
		err = fmt.Errorf("%s was seeded and is not there", seededARN(i).Name)
	}
	return f, err
}

// awaitTouches waits until the first reads of the day are written, so that they
// do not disturb what is measured.
func (s *seeder) awaitTouches(ctx context.Context, secrets int) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	today := s.store.Now().Truncate(24 * time.Hour)
	for i := 0; i < secrets; {
		f, err := s.value(ctx, i)
		if err != nil {
			return err
		}
		if !f.Accessed.Before(today) {
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
