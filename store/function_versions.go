package store

import (
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
)

const versionColumns = `SELECT v.number, v.revision, v.build, v.modified, v.configuration, COALESCE(v.env_sealed_by, ''), v.env_data_key, v.env_ciphertext,
c.id, c.sha256, c.size, c.unzipped FROM function_versions v JOIN code c ON c.id = v.code WHERE v.function = $1 `

// FunctionVersion finds a version of a function by its number; nil when there is
// none.
func (t *Tx) FunctionVersion(f *function.Function, number int64) (*function.Version, error) {
	found, err := t.versionList(f, versionColumns+`AND v.number = $2`, number)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// FunctionVersions lists versions in order, $LATEST first: at most limit, from a
// number on.
func (t *Tx) FunctionVersions(f *function.Function, from int64, limit int) ([]*function.Version, error) {
	return t.versionList(f, versionColumns+`AND v.number >= $2 ORDER BY v.number LIMIT $3`, from, limit)
}

// LastFunctionVersion is the published version with the highest number; nil when
// there is none.
func (t *Tx) LastFunctionVersion(f *function.Function) (*function.Version, error) {
	found, err := t.versionList(f, versionColumns+`AND v.number > 0 ORDER BY v.number DESC LIMIT 1`)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (t *Tx) versionList(f *function.Function, query string, args ...any) (out []*function.Version, err error) {
	err = t.query(func(scan func(...any) error) error {
		v := &function.Version{}
		var modified int64
		var configuration string
		c := &v.Code
		if err := scan(&v.Number, &v.Revision, &v.Build, &modified, &configuration, &v.Environment.KeyID, &v.Environment.DataKey, &v.Environment.Ciphertext,
			&c.Key, &c.SHA256, &c.Size, &c.Unzipped); err != nil {
			return err
		}
		v.Modified = fromMicros(modified)
		out = append(out, v)
		var err error
		v.Config, err = fromJSON[function.Configuration](configuration)
		return err
	}, query, append([]any{f.Key}, args...)...)
	if err != nil {
		return nil, err
	}
	for _, v := range out { // after the rows: a connection reads one thing at a time
		if v.Layers, err = t.layersOf(f, v.Number); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (t *Tx) layersOf(f *function.Function, number int64) (out []function.Layer, err error) {
	err = t.query(func(scan func(...any) error) error {
		var l function.Layer
		err := scan(&l.ARN, &l.Code.Key, &l.Code.SHA256, &l.Code.Size, &l.Code.Unzipped)
		out = append(out, l)
		return err
	}, `SELECT l.arn, c.id, c.sha256, c.size, c.unzipped FROM function_layers l JOIN code c ON c.id = l.code
WHERE l.function = $1 AND l.number = $2 ORDER BY l.position`, f.Key, number)
	return out, err
}

// PutFunctionVersion saves a version, whose code is in the store already, with
// its layers. Code that it had before goes when nothing else needs it.
func (t *Tx) PutFunctionVersion(f *function.Function, v *function.Version) error {
	before, err := t.versionCodes(f, v.Number)
	if err != nil {
		return err
	}
	env := v.Environment
	if !v.Config.HasEnvironment {
		env = secret.Sealed{}
	}
	_, err = t.exec(`INSERT INTO function_versions (function, number, revision, build, modified, configuration, env_sealed_by, env_data_key, env_ciphertext, code)
VALUES ($1,$2,$3,$4,$5,$6,NULLIF($7,''),$8,$9,$10) ON CONFLICT (function, number) DO UPDATE SET revision = $3, build = $4, modified = $5, configuration = $6,
env_sealed_by = NULLIF($7,''), env_data_key = $8, env_ciphertext = $9, code = $10`,
		f.Key, v.Number, v.Revision, v.Build, micros(v.Modified), asJSON(v.Config), env.KeyID, env.DataKey, env.Ciphertext, v.Code.Key)
	if err != nil {
		return err
	}
	if err := t.putLayersOf(f, v); err != nil {
		return err
	}
	return t.dropCode(before)
}

func (t *Tx) putLayersOf(f *function.Function, v *function.Version) error {
	if _, err := t.exec(`DELETE FROM function_layers WHERE function = $1 AND number = $2`, f.Key, v.Number); err != nil {
		return err
	}
	for i, l := range v.Layers {
		if _, err := t.exec(`INSERT INTO function_layers (function, number, position, arn, code) VALUES ($1,$2,$3,$4,$5)`,
			f.Key, v.Number, i, l.ARN, l.Code.Key); err != nil {
			return err
		}
	}
	return nil
}

// DeleteFunctionVersion removes a published version with its policy, and the code
// that nothing else needs. It tells whether there was one.
func (t *Tx) DeleteFunctionVersion(f *function.Function, number int64) (bool, error) {
	codes, err := t.versionCodes(f, number)
	if err != nil || len(codes) == 0 {
		return false, err
	}
	if _, err := t.exec(`DELETE FROM function_versions WHERE function = $1 AND number = $2`, f.Key, number); err != nil {
		return false, err
	}
	if err := t.forgetQualifier(f, function.VersionName(number)); err != nil {
		return false, err
	}
	return true, t.dropCode(codes)
}

// forgetQualifier removes what was said of a version or an alias that is gone.
func (t *Tx) forgetQualifier(f *function.Function, qualifier string) error {
	for _, query := range []string{
		`DELETE FROM function_permissions WHERE function = $1 AND qualifier = $2`,
		`DELETE FROM function_settings WHERE function = $1 AND qualifier = $2`,
	} {
		if _, err := t.exec(query, f.Key, qualifier); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) versionCodes(f *function.Function, number int64) ([]int64, error) {
	return t.codesOf(`SELECT code FROM function_versions WHERE function = $1 AND number = $2
UNION SELECT code FROM function_layers WHERE function = $1 AND number = $2`, f.Key, number)
}
