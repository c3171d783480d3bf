package store

import "github.com/alberti-dev/alberti/secret"

// PutFreeze writes a new freeze, which gets its id.
func (t *Tx) PutFreeze(f *secret.Freeze) error {
	tag := secret.Tag{}
	if f.Tag != nil {
		tag = *f.Tag
	}
	return t.insert(&f.ID, `INSERT INTO freezes (account, region, starts, ends, pattern, tag_key, tag_value, reason,
created, created_by) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`,
		f.Account, f.Region, micros(f.From), micros(f.To), f.Match, tag.Key, tag.Value, f.Reason, micros(f.Created), f.By)
}

// Freezes are those of an account and region that are on or to come, in the
// order of their beginnings.
func (t *Tx) Freezes(account, region string) (out secret.Freezes, err error) {
	err = t.query(func(scan func(...any) error) error {
		f := secret.Freeze{Account: account, Region: region}
		var tag secret.Tag
		var from, to, created int64
		if err := scan(&f.ID, &from, &to, &f.Match, &tag.Key, &tag.Value, &f.Reason, &created, &f.By); err != nil {
			return err
		}
		f.From, f.To, f.Created = fromMicros(from), fromMicros(to), fromMicros(created)
		if tag.Key != "" {
			f.Tag = &tag
		}
		out = append(out, f)
		return nil
	}, `SELECT id, starts, ends, pattern, tag_key, tag_value, reason, created, created_by FROM freezes
WHERE account = $1 AND region = $2 AND ends > $3 ORDER BY starts, id`, account, region, micros(t.now))
	return out, err
}

// FreezesOf are those that may hold a secret.
func (t *Tx) FreezesOf(s *secret.Secret) (secret.Freezes, error) {
	return t.Freezes(s.ARN.Account, s.ARN.Region)
}

// DeleteFreeze removes a freeze. It tells whether there was one.
func (t *Tx) DeleteFreeze(account, region string, id int64) (bool, error) {
	n, err := t.exec(`DELETE FROM freezes WHERE account = $1 AND region = $2 AND id = $3`, account, region, id)
	return n > 0, err
}
