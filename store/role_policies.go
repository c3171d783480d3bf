package store

import (
	"strings"

	"github.com/alberti-dev/alberti/iam"
)

// What policies a role has. entity is its unique id; users and groups, when there
// are any, have theirs in the same way.

// InlinePolicies lists the policies that belong to an entity, by name.
func (t *Tx) InlinePolicies(entity string) (out []iam.InlinePolicy, err error) {
	err = t.query(func(scan func(...any) error) error {
		var p iam.InlinePolicy
		err := scan(&p.Name, &p.Document)
		out = append(out, p)
		return err
	}, `SELECT name, document FROM inline_policies WHERE entity = $1 ORDER BY folded`, entity)
	return out, err
}

// PutInlinePolicy writes a policy in the place of the one of that name.
func (t *Tx) PutInlinePolicy(entity string, p iam.InlinePolicy) error {
	_, err := t.exec(`INSERT INTO inline_policies (entity, folded, name, document) VALUES ($1, $2, $3, $4)
ON CONFLICT (entity, folded) DO UPDATE SET document = excluded.document`, entity, strings.ToLower(p.Name), p.Name, p.Document)
	return err
}

// DeleteInlinePolicy removes a policy. It tells whether there was one.
func (t *Tx) DeleteInlinePolicy(entity, name string) (bool, error) {
	n, err := t.exec(`DELETE FROM inline_policies WHERE entity = $1 AND folded = $2`, entity, strings.ToLower(name))
	return n > 0, err
}

// Attached lists the ARNs of the managed policies that an entity has.
func (t *Tx) Attached(entity string) ([]string, error) {
	return t.texts(`SELECT policy FROM attachments WHERE entity = $1 ORDER BY policy`, entity)
}

// AttachedTo lists the ids of the entities that a managed policy is attached to.
func (t *Tx) AttachedTo(arn string) ([]string, error) {
	return t.texts(`SELECT entity FROM attachments WHERE policy = $1 ORDER BY entity`, arn)
}

// BoundaryOf lists the ids of the roles that a managed policy is the boundary of.
func (t *Tx) BoundaryOf(arn string) ([]string, error) {
	return t.texts(`SELECT id FROM roles WHERE boundary = $1 ORDER BY id`, arn)
}

func (t *Tx) texts(query string, args ...any) (out []string, err error) {
	err = t.query(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		out = append(out, text)
		return err
	}, query, args...)
	return out, err
}

// Attach gives an entity a managed policy, which it may have already.
func (t *Tx) Attach(entity, arn string) error {
	_, err := t.exec(`INSERT INTO attachments (entity, policy) VALUES ($1, $2) ON CONFLICT (entity, policy) DO NOTHING`, entity, arn)
	return err
}

// Detach takes a managed policy away. It tells whether the entity had it.
func (t *Tx) Detach(entity, arn string) (bool, error) {
	n, err := t.exec(`DELETE FROM attachments WHERE entity = $1 AND policy = $2`, entity, arn)
	return n > 0, err
}
