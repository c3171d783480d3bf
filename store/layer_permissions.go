package store

import "github.com/alberti-dev/alberti/function"

// HasLayerPermission tells whether the policy of a version of a layer has a
// statement of this name.
func (t *Tx) HasLayerPermission(r function.LayerRef, sid string) (bool, error) {
	var one int64
	return t.first([]any{&one}, `SELECT 1 FROM layer_permissions WHERE `+ofLayerVersion+` AND sid = $5`, r.Account, r.Region, r.Name, r.Number, sid)
}

// AddLayerPermission adds a statement to the policy of a version of a layer,
// which becomes another revision. Its name must be free.
func (t *Tx) AddLayerPermission(r function.LayerRef, sid, statement, revision string) error {
	_, err := t.exec(`INSERT INTO layer_permissions (layer, number, sid, statement)
SELECT id, $4, $5, $6 FROM layers WHERE account = $1 AND region = $2 AND name = $3`, r.Account, r.Region, r.Name, r.Number, sid, statement)
	if err != nil {
		return err
	}
	return t.putLayerPolicyRevision(r, revision)
}

// RemoveLayerPermission removes a statement, if it is there.
func (t *Tx) RemoveLayerPermission(r function.LayerRef, sid, revision string) error {
	if _, err := t.exec(`DELETE FROM layer_permissions WHERE `+ofLayerVersion+` AND sid = $5`, r.Account, r.Region, r.Name, r.Number, sid); err != nil {
		return err
	}
	return t.putLayerPolicyRevision(r, revision)
}

func (t *Tx) putLayerPolicyRevision(r function.LayerRef, revision string) error {
	_, err := t.exec(`UPDATE layer_versions SET policy = $5 WHERE `+ofLayerVersion, r.Account, r.Region, r.Name, r.Number, revision)
	return err
}
