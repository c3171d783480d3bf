package store

import "github.com/alberti-dev/alberti/function"

// LayerCode finds the content of a version of a layer; false when there is none.
// An update can refer to it: it is not deleted meanwhile.
func (t *Tx) LayerCode(r function.LayerRef) (c function.Code, there bool, err error) {
	query := `SELECT c.id, c.sha256, c.size, c.unzipped
FROM layers l JOIN layer_versions v ON v.layer = l.id JOIN code c ON c.id = v.code
WHERE l.account = $1 AND l.region = $2 AND l.name = $3 AND v.number = $4`
	if t.write {
		query += t.dialect.keepRow
	}
	there, err = t.first([]any{&c.Key, &c.SHA256, &c.Size, &c.Unzipped}, query, r.Account, r.Region, r.Name, r.Number)
	return c, there, err
}

// LayerStatements are the statements of the policy of a version of a layer, in
// the order in which they were added.
func (t *Tx) LayerStatements(r function.LayerRef) (statements []string, err error) {
	err = t.query(func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		statements = append(statements, text)
		return err
	}, `SELECT p.statement FROM layers l JOIN layer_permissions p ON p.layer = l.id
WHERE l.account = $1 AND l.region = $2 AND l.name = $3 AND p.number = $4 ORDER BY p.id`, r.Account, r.Region, r.Name, r.Number)
	return statements, err
}
