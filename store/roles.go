package store

import (
	"strings"
	"time"

	"github.com/alberti-dev/alberti/iam"
)

const roleColumns = `id, account, name, path, description, trust, max_session, boundary, tags, created`

// Role finds a role by name, in any case; nil when there is none. Under Update
// its row is locked until the end.
func (t *Tx) Role(account, name string) (*iam.Role, error) {
	return t.oneRole(`WHERE account = $1 AND folded = $2`, account, strings.ToLower(name))
}

// RoleByID finds a role by its unique id; nil when there is none.
func (t *Tx) RoleByID(id string) (*iam.Role, error) { return t.oneRole(`WHERE id = $1`, id) }

func (t *Tx) oneRole(where string, args ...any) (*iam.Role, error) {
	query := `SELECT ` + roleColumns + ` FROM roles ` + where
	if t.write {
		query += t.dialect.lockRow
	}
	found, err := t.roles(query, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// Roles lists the roles of an account whose path begins so, at most limit, by
// their names in lower case; after is the one before the first, "" for none.
func (t *Tx) Roles(account, pathPrefix, after string, limit int) ([]*iam.Role, error) {
	return t.roles(`SELECT `+roleColumns+` FROM roles
WHERE account = $1 AND folded > $2 AND substr(path, 1, length(CAST($3 AS TEXT))) = $3 ORDER BY folded LIMIT $4`,
		account, strings.ToLower(after), pathPrefix, limit)
}

func (t *Tx) roles(query string, args ...any) (out []*iam.Role, err error) {
	err = t.query(func(scan func(...any) error) error {
		r := &iam.Role{}
		var tags string
		var seconds, created int64
		err := scan(&r.ID, &r.Account, &r.Name, &r.Path, &r.Description, &r.Trust, &seconds, &r.Boundary, &tags, &created)
		if err != nil {
			return err
		}
		r.MaxSession, r.Created = time.Duration(seconds)*time.Second, fromMicros(created)
		r.Tags, err = fromJSON[[]iam.Tag](tags)
		out = append(out, r)
		return err
	}, query, args...)
	return out, err
}

// CountRoles tells how many roles an account has.
func (t *Tx) CountRoles(account string) (n int, err error) {
	_, err = t.first([]any{&n}, `SELECT count(*) FROM roles WHERE account = $1`, account)
	return n, err
}

// AddRole keeps a new role; AlreadyExists when its name is taken.
func (t *Tx) AddRole(r *iam.Role) error {
	_, err := t.exec(`INSERT INTO roles (`+roleColumns+`, folded) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		r.ID, r.Account, r.Name, r.Path, r.Description, r.Trust, int64(r.MaxSession/time.Second), r.Boundary,
		asJSON(r.Tags), micros(r.Created), strings.ToLower(r.Name))
	return err
}

// PutRole saves what of a role can change.
func (t *Tx) PutRole(r *iam.Role) error {
	_, err := t.exec(`UPDATE roles SET description = $2, trust = $3, max_session = $4, boundary = $5, tags = $6 WHERE id = $1`,
		r.ID, r.Description, r.Trust, int64(r.MaxSession/time.Second), r.Boundary, asJSON(r.Tags))
	return err
}

// DeleteRole removes a role to which nothing belongs any more.
func (t *Tx) DeleteRole(r *iam.Role) error {
	_, err := t.exec(`DELETE FROM roles WHERE id = $1`, r.ID)
	return err
}
