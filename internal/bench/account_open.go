package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/alberti-dev/alberti/internal/demo/server"
)

// account is a server with so many secrets.
type account struct {
	*server.Server
	secrets int
	seeding time.Duration // 0 where it was kept from an earlier run
	options server.Options
}

// openAccount starts a server on a store that it seeds, or that was kept.
func (b *bench) openAccount(ctx context.Context, secrets int) (*account, error) {
	a, err := b.seededAccount(ctx, secrets)
	if err != nil {
		return nil, err
	}
	a.Server, err = server.Start(ctx, a.options)
	return a, err
}

// openSeeded is openAccount for another kind of secrets and another program.
func (b *bench) openSeeded(ctx context.Context, program, name string, secrets int, k kind) (*account, error) {
	a := newAccount(program, b.dir, name, secrets)
	if err := a.seed(ctx, k); err != nil {
		return nil, err
	}
	var err error
	a.Server, err = server.Start(ctx, a.options)
	return a, err
}

func newAccount(program, dir, name string, secrets int) *account {
	data := filepath.Join(dir, fmt.Sprint(name, "-", secrets))
	return &account{secrets: secrets, options: server.Options{Program: program, Data: data, Log: data + ".log"}}
}

// seedAccounts leaves the accounts where the next run finds them.
func (b *bench) seedAccounts(ctx context.Context) error {
	if b.keep == "" {
		return errors.New("-seed is of use with -keep only")
	}
	for _, n := range b.accountSizes() {
		if _, err := b.seededAccount(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// seededAccount is an account that is ready, but without its server.
func (b *bench) seededAccount(ctx context.Context, secrets int) (*account, error) {
	if b.keep == "" {
		a := newAccount(b.program, b.dir, "account", secrets)
		return a, a.seed(ctx, services)
	}
	a := newAccount(b.program, b.keep, "account", secrets)
	return a, a.keep(ctx)
}

// keep seeds the account, unless that was done before. What says so names the
// day as well, for on another day every secret is to be read once more.
func (a *account) keep(ctx context.Context) error {
	mark, today := filepath.Join(a.options.Data, "seeded"), time.Now().UTC().Format(time.DateOnly)
	day, err := os.ReadFile(mark)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = errors.Join(os.RemoveAll(a.options.Data), os.MkdirAll(filepath.Dir(a.options.Data), 0o700))
		if err == nil {
			err = a.seed(ctx, services)
		}
	case err == nil:
		err = os.RemoveAll(filepath.Join(a.options.Data, "audit")) // or the trail of every run stays
		if err == nil && string(day) != today {
			err = readAgain(ctx, a.options.Data, a.secrets)
		}
	}
	if err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(today), 0o600)
}

// seed makes the account's keys, with a server, and then its secrets.
func (a *account) seed(ctx context.Context, k kind) (err error) {
	if a.Server, err = server.Start(ctx, a.options); err != nil {
		return err
	}
	_, err = a.call("secretsmanager.CreateSecret", fmt.Sprintf(`{"Name":"first","ClientRequestToken":%q,"SecretString":"x"}`, newToken()))
	if err := errors.Join(err, a.Stop()); err != nil {
		return err
	}
	began := time.Now()
	err = seedStore(ctx, a.options.Data, a.secrets, k)
	a.seeding = time.Since(began)
	return err
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
