package store

import "github.com/alberti-dev/alberti/function"

// AliasesOf lists the aliases of a function that stand for a version, as Aliases
// does.
func (t *Tx) AliasesOf(f *function.Function, version int64, after string, limit int) ([]function.Alias, error) {
	return t.aliasList(f, aliasColumns+`AND version = $2 AND name > $3 ORDER BY name LIMIT $4`, version, after, limit)
}
