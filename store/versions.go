package store

import (
	"slices"

	"github.com/alberti-dev/alberti/secret"
)

// loadVersions reads the versions of a secret, oldest first, with their labels.
func (t *Tx) loadVersions(s *secret.Secret) error {
	return t.loadVersionsOf([]*secret.Secret{s}, `= $1`, []any{s.Key})
}

// loadAllVersions is loadVersions for many, with few statements.
func (t *Tx) loadAllVersions(all []*secret.Secret) error {
	for some := range slices.Chunk(all, inList) {
		var keys []int64
		for _, s := range some {
			keys = append(keys, s.Key)
		}
		if err := t.loadVersionsOf(some, `IN `+listPlaces, listed(keys)); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) loadVersionsOf(all []*secret.Secret, which string, keys []any) error {
	byKey := map[int64]*secret.Secret{}
	for _, s := range all {
		byKey[s.Key] = s
	}
	err := t.query(func(scan func(...any) error) error {
		var v secret.Version
		var key, created, accessed int64
		var keys string
		if err := scan(&key, &v.ID, &created, &accessed, &keys, &v.HasValue, &v.Sent); err != nil {
			return err
		}
		v.Created, v.Accessed = fromMicros(created), fromMicros(accessed)
		var err error
		v.KeyIDs, err = fromJSON[[]string](keys)
		s := byKey[key]
		s.Versions = append(s.Versions, v)
		return err
	}, `SELECT secret, id, created, accessed, key_ids, ciphertext IS NOT NULL, sent FROM versions WHERE secret `+which+` ORDER BY created, id`, keys...)
	if err != nil {
		return err
	}
	err = t.query(func(scan func(...any) error) error {
		var key int64
		var label, version string
		if err := scan(&key, &label, &version); err != nil {
			return err
		}
		if v := byKey[key].Version(version); v != nil {
			v.Labels = append(v.Labels, label)
		}
		return nil
	}, `SELECT secret, label, version FROM labels WHERE secret `+which, keys...)
	for _, s := range all {
		for i := range s.Versions {
			slices.Sort(s.Versions[i].Labels)
		}
		t.remember(s)
	}
	return err
}

// versionRow is what putVersions writes of a version.
type versionRow struct {
	created int64
	keys    string
}

func rowOf(v secret.Version) versionRow { return versionRow{micros(v.Created), asJSON(v.KeyIDs)} }

// putVersions writes which versions there are, and what is known of each.
func (t *Tx) putVersions(s *secret.Secret) error {
	before := t.loaded[s.Key].versions
	kept := map[string]bool{}
	for _, v := range s.Versions {
		kept[v.ID] = true
		was, there := before[v.ID]
		row := rowOf(v)
		if there && row == was {
			continue
		}
		query := `UPDATE versions SET created = $3, key_ids = $4 WHERE secret = $1 AND id = $2`
		if !there {
			query = `INSERT INTO versions (secret, id, created, key_ids, accessed) VALUES ($1, $2, $3, $4, 0)`
		}
		if _, err := t.exec(query, s.Key, v.ID, row.created, row.keys); err != nil {
			return err
		}
	}
	for id := range before {
		if kept[id] {
			continue
		}
		if _, err := t.exec(`DELETE FROM versions WHERE secret = $1 AND id = $2`, s.Key, id); err != nil {
			return err
		}
	}
	return nil
}

// PutValue gives a version, saved before by PutSecret, its value.
func (t *Tx) PutValue(s *secret.Secret, version string, v secret.Sealed) error {
	if err := t.noteChanged(s); err != nil {
		return err
	}
	_, err := t.exec(`UPDATE versions SET sealed_by = $3, data_key = $4, ciphertext = $5 WHERE secret = $1 AND id = $2`,
		s.Key, version, v.KeyID, v.DataKey, v.Ciphertext)
	return err
}

// Value reads the value of a version; false when it has none.
func (t *Tx) Value(s *secret.Secret, version string) (secret.Sealed, bool, error) {
	var out secret.Sealed
	ok, err := t.first([]any{&out.KeyID, &out.DataKey, &out.Ciphertext},
		`SELECT COALESCE(sealed_by, ''), data_key, ciphertext FROM versions WHERE secret = $1 AND id = $2`, s.Key, version)
	return out, ok && out.Ciphertext != nil, err
}
