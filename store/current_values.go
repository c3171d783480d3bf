package store

import (
	"context"
	"hash/fnv"

	"github.com/alberti-dev/alberti/secret"
)

// Table current_values has all that a read of AWSCURRENT takes in one row, packed
// as in the cache: one search, where the tables that it repeats take three. Those
// remain the truth. Whatever changes a secret removes its row in the same commit,
// and the commit that writes the day of a read puts it back.
//
// It is used only where this process is the one that writes: on PostgreSQL a read
// costs a round trip, and the searches next to nothing.

// repeatable tells whether a value is worth a second place: one that does not fit
// in a page of SQLite is in several, and reading those is what takes the time.
func (f *Found) repeatable() bool {
	const most = 3000
	return f.Sealed.Ciphertext != nil && len(f.Sealed.Ciphertext)+len(f.Policy)+len(f.tags) <= most
}

// placeOf is where a secret's row is. A name whose place another has taken is read
// as if there were no such table.
func placeOf(key cacheKey) int64 {
	h := fnv.New64a()
	for _, text := range []string{key.region, key.account, key.name} {
		h.Write([]byte(text))
		h.Write([]byte{0})
	}
	return int64(h.Sum64() >> 16) // a short key makes for a flat tree
}

// readily reads a current value in one search. missing tells that there is no row
// at the place.
func readily(ctx context.Context, on connection, key cacheKey) (f *Found, missing bool, err error) {
	var row packed
	there, err := first(ctx, on, []any{(*[]byte)(&row)}, `SELECT found FROM current_values WHERE place = $1`, placeOf(key))
	if err != nil || !there {
		return nil, err == nil, err
	}
	return row.unpack(key), false, nil
}

// outdate notes that what is kept of a secret is stale after the commit, and
// removes its row.
func (t *Tx) outdate(key cacheKey) error {
	t.changed = append(t.changed, key)
	if !t.dialect.exclusive {
		return nil
	}
	_, err := t.exec(`DELETE FROM current_values WHERE place = $1`, placeOf(key))
	return err
}

// putReadily writes the row of a secret from what the other tables say now.
func (t *Tx) putReadily(key cacheKey) error {
	if !t.dialect.exclusive {
		return nil
	}
	f, err := searchValue(t.ctx, t.on, secret.ID{Region: key.region, Account: key.account, Name: key.name}, cached)
	if err != nil || f == nil || !f.repeatable() {
		return err
	}
	other, missing, err := readily(t.ctx, t.on, key)
	if err != nil || other == nil && !missing { // another's place
		return err
	}
	_, err = t.exec(`INSERT INTO current_values (place, found) VALUES ($1, $2) ON CONFLICT (place) DO UPDATE SET found = excluded.found`,
		placeOf(key), []byte(packed(nil).pack(f)))
	return err
}
