package store

import "github.com/alberti-dev/alberti/function"

const aliasColumns = `SELECT name, version, description, routing, revision FROM function_aliases WHERE function = $1 `

// Alias finds an alias of a function; nil when there is none.
func (t *Tx) Alias(f *function.Function, name string) (*function.Alias, error) {
	found, err := t.aliasList(f, aliasColumns+`AND name = $2`, name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// Aliases lists a function's aliases by name, at most limit of those after a name.
func (t *Tx) Aliases(f *function.Function, after string, limit int) ([]function.Alias, error) {
	return t.aliasList(f, aliasColumns+`AND name > $2 ORDER BY name LIMIT $3`, after, limit)
}

func (t *Tx) aliasList(f *function.Function, query string, args ...any) (out []function.Alias, err error) {
	err = t.query(func(scan func(...any) error) error {
		var a function.Alias
		var routing string
		if err := scan(&a.Name, &a.Version, &a.Description, &routing, &a.Revision); err != nil {
			return err
		}
		var err error
		a.Routing, err = fromJSON[map[string]float64](routing)
		out = append(out, a)
		return err
	}, query, append([]any{f.Key}, args...)...)
	return out, err
}

// PutAlias saves an alias, a new one or one that is there.
func (t *Tx) PutAlias(f *function.Function, a function.Alias) error {
	_, err := t.exec(`INSERT INTO function_aliases (function, name, version, description, routing, revision) VALUES ($1,$2,$3,$4,$5,$6)
ON CONFLICT (function, name) DO UPDATE SET version = $3, description = $4, routing = $5, revision = $6`,
		f.Key, a.Name, a.Version, a.Description, asJSON(a.Routing), a.Revision)
	return err
}

// DeleteAlias removes an alias with its policy. It tells whether there was one.
func (t *Tx) DeleteAlias(f *function.Function, name string) (bool, error) {
	n, err := t.exec(`DELETE FROM function_aliases WHERE function = $1 AND name = $2`, f.Key, name)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.forgetQualifier(f, name)
}

// PermissionStatements are the statements of a qualifier's policy, in the order in
// which they were added; "" is the function without a qualifier.
func (t *Tx) PermissionStatements(f *function.Function, qualifier string) (statements []string, err error) {
	err = t.query(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		statements = append(statements, text)
		return err
	}, `SELECT statement FROM function_permissions WHERE function = $1 AND qualifier = $2 ORDER BY id`, f.Key, qualifier)
	return statements, err
}

// AliasesTo are the names of the aliases that lead to a version, if only with a
// share of the invocations.
func (t *Tx) AliasesTo(f *function.Function, number int64) (names []string, err error) {
	all, err := t.aliasList(f, aliasColumns+`ORDER BY name`)
	for _, a := range all {
		if _, share := a.Routing[function.VersionName(number)]; share || a.Version == number {
			names = append(names, a.Name)
		}
	}
	return names, err
}
