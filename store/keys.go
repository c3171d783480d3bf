package store

import "context"

// KMSKey finds the wrapped KMS key that an alias names in an account and
// region; an empty id when there is none.
func (t *Tx) KMSKey(account, region, alias string) (id string, wrapped []byte, err error) {
	_, err = t.first([]any{&id, &wrapped},
		`SELECT id, wrapped FROM kms_keys WHERE account = $1 AND region = $2 AND alias = $3`, account, region, alias)
	return id, wrapped, err
}

// PutKMSKey keeps a new KMS key. When another server made one for the same
// alias meanwhile, that one stays and is to be read again.
func (t *Tx) PutKMSKey(account, region, alias, id string, wrapped []byte) error {
	_, err := t.exec(`INSERT INTO kms_keys (id, account, region, alias, wrapped, created) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account, region, alias) DO NOTHING`, id, account, region, alias, wrapped, micros(t.now))
	return err
}

// KMSKeyByID finds a wrapped KMS key; nil when there is none.
func (s *Store) KMSKeyByID(ctx context.Context, id string) (wrapped []byte, err error) {
	err = s.View(ctx, func(t *Tx) error {
		_, err := t.first([]any{&wrapped}, `SELECT wrapped FROM kms_keys WHERE id = $1`, id)
		return err
	})
	return wrapped, err
}

// AccessKey finds the account of an access key and its wrapped secret; an empty
// account when there is no such key.
func (t *Tx) AccessKey(id string) (account string, wrapped []byte, err error) {
	_, err = t.first([]any{&account, &wrapped}, `SELECT account, wrapped FROM access_keys WHERE id = $1`, id)
	return account, wrapped, err
}

// PutAccessKey keeps an access key; AlreadyExists when the id is taken.
func (t *Tx) PutAccessKey(id, account string, wrapped []byte) error {
	_, err := t.exec(`INSERT INTO access_keys (id, account, wrapped, created) VALUES ($1, $2, $3, $4)`,
		id, account, wrapped, micros(t.now))
	return err
}

// Deployment reads a value that belongs to the whole deployment; nil when it
// was never set.
func (t *Tx) Deployment(name string) (value []byte, err error) {
	_, err = t.first([]any{&value}, `SELECT value FROM deployment WHERE name = $1`, name)
	return value, err
}

// SetDeployment sets such a value once: the first to come stays.
func (t *Tx) SetDeployment(name string, value []byte) error {
	_, err := t.exec(`INSERT INTO deployment (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, name, value)
	return err
}
