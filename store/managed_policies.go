package store

import (
	"strings"

	"github.com/alberti-dev/alberti/iam"
)

const managedColumns = `id, account, name, path, description, in_force, last, tags, created, updated`

// ManagedPolicy finds a managed policy of an account by name, in any case; nil
// when there is none. Under Update its row is locked until the end.
func (t *Tx) ManagedPolicy(account, name string) (*iam.ManagedPolicy, error) {
	query := `SELECT ` + managedColumns + ` FROM managed_policies WHERE account = $1 AND folded = $2`
	if t.write {
		query += t.dialect.lockRow
	}
	found, err := t.managedPolicies(query, account, strings.ToLower(name))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// ManagedPolicies lists those of an account as Roles lists roles.
func (t *Tx) ManagedPolicies(account, pathPrefix, after string, limit int) ([]*iam.ManagedPolicy, error) {
	return t.managedPolicies(`SELECT `+managedColumns+` FROM managed_policies
WHERE account = $1 AND folded > $2 AND substr(path, 1, length(CAST($3 AS TEXT))) = $3 ORDER BY folded LIMIT $4`,
		account, strings.ToLower(after), pathPrefix, limit)
}

func (t *Tx) managedPolicies(query string, args ...any) (out []*iam.ManagedPolicy, err error) {
	err = t.query(func(scan func(...any) error) error {
		p := &iam.ManagedPolicy{}
		var tags string
		var created, updated int64
		err := scan(&p.ID, &p.Account, &p.Name, &p.Path, &p.Description, &p.Default, &p.Last, &tags, &created, &updated)
		if err != nil {
			return err
		}
		p.Created, p.Updated = fromMicros(created), fromMicros(updated)
		p.Tags, err = fromJSON[[]iam.Tag](tags)
		out = append(out, p)
		return err
	}, query, args...)
	return out, err
}

// CountManagedPolicies tells how many managed policies an account has.
func (t *Tx) CountManagedPolicies(account string) (n int, err error) {
	_, err = t.first([]any{&n}, `SELECT count(*) FROM managed_policies WHERE account = $1`, account)
	return n, err
}

// AddManagedPolicy keeps a new policy, as yet without a version; AlreadyExists
// when its name is taken.
func (t *Tx) AddManagedPolicy(p *iam.ManagedPolicy) error {
	_, err := t.exec(`INSERT INTO managed_policies (`+managedColumns+`, folded) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`,
		p.ID, p.Account, p.Name, p.Path, p.Description, p.Default, p.Last, asJSON(p.Tags), micros(p.Created),
		micros(p.Updated), strings.ToLower(p.Name))
	return err
}

// PutManagedPolicy saves what of a policy can change.
func (t *Tx) PutManagedPolicy(p *iam.ManagedPolicy) error {
	_, err := t.exec(`UPDATE managed_policies SET in_force = $2, last = $3, tags = $4, updated = $5 WHERE id = $1`,
		p.ID, p.Default, p.Last, asJSON(p.Tags), micros(p.Updated))
	return err
}

// DeleteManagedPolicy removes a policy and its versions.
func (t *Tx) DeleteManagedPolicy(p *iam.ManagedPolicy) error {
	_, err := t.exec(`DELETE FROM managed_policies WHERE id = $1`, p.ID)
	return err
}

// PolicyVersions lists the versions of a policy, the newest first.
func (t *Tx) PolicyVersions(policy string) (out []iam.PolicyVersion, err error) {
	err = t.query(func(scan func(...any) error) error {
		var v iam.PolicyVersion
		var created int64
		err := scan(&v.Number, &v.Document, &created)
		v.Created = fromMicros(created)
		out = append(out, v)
		return err
	}, `SELECT number, document, created FROM policy_versions WHERE policy = $1 ORDER BY number DESC`, policy)
	return out, err
}

// AddPolicyVersion keeps a new version.
func (t *Tx) AddPolicyVersion(policy string, v iam.PolicyVersion) error {
	_, err := t.exec(`INSERT INTO policy_versions (policy, number, document, created) VALUES ($1, $2, $3, $4)`,
		policy, v.Number, v.Document, micros(v.Created))
	return err
}

// DeletePolicyVersion removes a version.
func (t *Tx) DeletePolicyVersion(policy string, number int64) error {
	_, err := t.exec(`DELETE FROM policy_versions WHERE policy = $1 AND number = $2`, policy, number)
	return err
}
