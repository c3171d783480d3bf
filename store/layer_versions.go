package store

import "github.com/alberti-dev/alberti/function"

const layerVersionColumns = `SELECT l.name, v.number, v.created, v.description, v.license, v.runtimes, v.architectures, v.policy,
c.id, c.sha256, c.size, c.unzipped
FROM layers l JOIN layer_versions v ON v.layer = l.id JOIN code c ON c.id = v.code WHERE l.account = $1 AND l.region = $2 `

// LayerVersion finds a version of a layer; nil when there is none. An update
// locks it.
func (t *Tx) LayerVersion(r function.LayerRef) (*function.LayerVersion, error) {
	query := layerVersionColumns + `AND l.name = $3 AND v.number = $4`
	if t.write {
		query += t.dialect.lockRow
	}
	found, err := t.layerVersionList(r, query, r.Name, r.Number)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// LayerVersions lists the versions of a layer, the newest first: at most limit,
// with numbers below one.
func (t *Tx) LayerVersions(r function.LayerRef, below int64, limit int) ([]*function.LayerVersion, error) {
	return t.layerVersionList(r, layerVersionColumns+`AND l.name = $3 AND v.number < $4 ORDER BY v.number DESC LIMIT $5`, r.Name, below, limit)
}

func (t *Tx) layerVersionList(r function.LayerRef, query string, args ...any) (out []*function.LayerVersion, err error) {
	err = t.query(func(scan func(...any) error) error {
		v := &function.LayerVersion{Ref: function.LayerRef{Region: r.Region, Account: r.Account}}
		var created int64
		var runtimes, architectures string
		if err := scan(&v.Ref.Name, &v.Ref.Number, &created, &v.Description, &v.License, &runtimes, &architectures, &v.PolicyRevision,
			&v.Code.Key, &v.Code.SHA256, &v.Code.Size, &v.Code.Unzipped); err != nil {
			return err
		}
		v.Created = fromMicros(created)
		out = append(out, v)
		var err error
		if v.Runtimes, err = fromJSON[[]string](runtimes); err != nil {
			return err
		}
		v.Architectures, err = fromJSON[[]string](architectures)
		return err
	}, query, append([]any{r.Account, r.Region}, args...)...)
	return out, err
}

// Layers lists the names of the layers that have any version: at most limit,
// after a name.
func (t *Tx) Layers(account, region, after string, limit int) (names []string, err error) {
	err = t.query(func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		names = append(names, name)
		return err
	}, `SELECT name FROM layers l WHERE account = $1 AND region = $2 AND name > $3
AND EXISTS (SELECT 1 FROM layer_versions v WHERE v.layer = l.id) ORDER BY name LIMIT $4`, account, region, after, limit)
	return names, err
}

// AddLayerVersion saves a new version, whose code is in the store already, and
// gives it its number: no number is used twice.
func (t *Tx) AddLayerVersion(v *function.LayerVersion) error {
	var layer int64
	if _, err := t.first([]any{&layer, &v.Ref.Number}, `INSERT INTO layers (account, region, name, last_version) VALUES ($1,$2,$3,1)
ON CONFLICT (account, region, name) DO UPDATE SET last_version = layers.last_version + 1 RETURNING id, last_version`,
		v.Ref.Account, v.Ref.Region, v.Ref.Name); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO layer_versions (layer, number, created, description, license, runtimes, architectures, code)
VALUES ($1,$2,$3,$4,$5,$6,$7,$8)`, layer, v.Ref.Number, micros(v.Created), v.Description, v.License,
		asJSON(v.Runtimes), asJSON(v.Architectures), v.Code.Key)
	return err
}

// DeleteLayerVersion removes a version with its policy. Its code stays for the
// functions that use it.
func (t *Tx) DeleteLayerVersion(v *function.LayerVersion) error {
	if _, err := t.exec(`DELETE FROM layer_versions WHERE `+ofLayerVersion, v.Ref.Account, v.Ref.Region, v.Ref.Name, v.Ref.Number); err != nil {
		return err
	}
	return t.dropCode([]int64{v.Code.Key})
}

// ofLayerVersion picks the rows of a version of a layer.
const ofLayerVersion = `layer = (SELECT id FROM layers WHERE account = $1 AND region = $2 AND name = $3) AND number = $4`
