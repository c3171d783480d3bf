package store

import (
	"context"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
)

// PutCode keeps a zip, which was sealed before, and gives the code its key.
// Whatever needs it must refer to it in the same transaction.
func (t *Tx) PutCode(c *function.Code, sealed secret.Sealed) error {
	return t.insert(&c.Key, `INSERT INTO code (sha256, size, unzipped, sealed_by, data_key, ciphertext) VALUES ($1,$2,$3,$4,$5,$6)`,
		c.SHA256, c.Size, c.Unzipped, sealed.KeyID, sealed.DataKey, sealed.Ciphertext)
}

// Code reads a zip; false when it is gone.
func (s *Store) Code(ctx context.Context, c function.Code) (sealed secret.Sealed, there bool, err error) {
	err = s.View(ctx, func(t *Tx) error {
		there, err = t.first([]any{&sealed.KeyID, &sealed.DataKey, &sealed.Ciphertext},
			`SELECT sealed_by, data_key, ciphertext FROM code WHERE id = $1`, c.Key)
		return err
	})
	return sealed, there, err
}

func (t *Tx) codesOf(query string, args ...any) (keys []int64, err error) {
	err = t.query(func(scan func(...any) error) error {
		var key int64
		err := scan(&key)
		keys = append(keys, key)
		return err
	}, query, args...)
	return keys, err
}

// dropCode removes code that nothing refers to any more.
func (t *Tx) dropCode(keys []int64) error {
	for _, key := range keys {
		if _, err := t.exec(`DELETE FROM code WHERE id = $1
AND NOT EXISTS (SELECT 1 FROM function_versions WHERE code = $1)
AND NOT EXISTS (SELECT 1 FROM function_layers WHERE code = $1)
AND NOT EXISTS (SELECT 1 FROM layer_versions WHERE code = $1)`, key); err != nil {
			return err
		}
	}
	return nil
}
