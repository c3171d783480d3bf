package store

import "github.com/alberti-dev/alberti/function"

// HasPermission tells whether the policy of a qualifier has a statement of this
// name.
func (t *Tx) HasPermission(f *function.Function, qualifier, sid string) (bool, error) {
	var one int64
	return t.first([]any{&one}, `SELECT 1 FROM function_permissions WHERE function = $1 AND qualifier = $2 AND sid = $3`, f.Key, qualifier, sid)
}

// AddPermission adds a statement to the policy of a qualifier; its name must be
// free.
func (t *Tx) AddPermission(f *function.Function, qualifier, sid, statement string) error {
	_, err := t.exec(`INSERT INTO function_permissions (function, qualifier, sid, statement) VALUES ($1,$2,$3,$4)`, f.Key, qualifier, sid, statement)
	return err
}

// RemovePermission removes a statement, if it is there.
func (t *Tx) RemovePermission(f *function.Function, qualifier, sid string) error {
	_, err := t.exec(`DELETE FROM function_permissions WHERE function = $1 AND qualifier = $2 AND sid = $3`, f.Key, qualifier, sid)
	return err
}
