package store

import "github.com/alberti-dev/alberti/function"

// noReserve stands for no concurrency of a function's own.
const noReserve = -1

const functionColumns = `SELECT id, name, created, last_version, reserved, tags FROM functions WHERE account = $1 AND region = $2 `

// Function finds a function by the account, region and name of a reference; nil
// when there is none. An update locks it.
func (t *Tx) Function(r function.Ref) (*function.Function, error) {
	query := functionColumns + `AND name = $3`
	if t.write {
		query += t.dialect.lockRow
	}
	found, err := t.functionList(r.Account, r.Region, query, r.Name)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// Functions lists functions by name, at most limit from a name on.
func (t *Tx) Functions(account, region, from string, limit int) ([]*function.Function, error) {
	return t.functionList(account, region, functionColumns+`AND name >= $3 ORDER BY name LIMIT $4`, from, limit)
}

func (t *Tx) functionList(account, region, query string, args ...any) (out []*function.Function, err error) {
	err = t.query(func(scan func(...any) error) error {
		f := &function.Function{Account: account, Region: region}
		var created, reserved int64
		var tags string
		if err := scan(&f.Key, &f.Name, &created, &f.LastVersion, &reserved, &tags); err != nil {
			return err
		}
		f.Created = fromMicros(created)
		if reserved != noReserve {
			f.Reserved = &reserved
		}
		out = append(out, f)
		var err error
		f.Tags, err = fromJSON[map[string]string](tags)
		return err
	}, query, append([]any{account, region}, args...)...)
	return out, err
}

// PutFunction saves a function. A new one gets its key; fault.AlreadyExists when
// its name is taken.
func (t *Tx) PutFunction(f *function.Function) error {
	reserved := int64(noReserve)
	if f.Reserved != nil {
		reserved = *f.Reserved
	}
	if f.Key == 0 {
		return t.insert(&f.Key, `INSERT INTO functions (account, region, name, created, last_version, reserved, tags)
VALUES ($1,$2,$3,$4,$5,$6,$7)`,
			f.Account, f.Region, f.Name, micros(f.Created), f.LastVersion, reserved, asJSON(f.Tags))
	}
	_, err := t.exec(`UPDATE functions SET last_version = $2, reserved = $3, tags = $4 WHERE id = $1`,
		f.Key, f.LastVersion, reserved, asJSON(f.Tags))
	return err
}

// DeleteFunction removes a function with all its versions and aliases, its
// policy and its events, and the code that nothing else needs.
func (t *Tx) DeleteFunction(f *function.Function) error {
	codes, err := t.codesOf(`SELECT code FROM function_versions WHERE function = $1 UNION SELECT code FROM function_layers WHERE function = $1`, f.Key)
	if err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM functions WHERE id = $1`, f.Key); err != nil {
		return err
	}
	return t.dropCode(codes)
}

// HasFunctions tells whether there is any function, in whatever account.
func (t *Tx) HasFunctions() (bool, error) {
	var one int
	return t.first([]any{&one}, `SELECT 1 FROM functions LIMIT 1`)
}

// ReservedConcurrency is what the functions of an account and region have
// reserved together, but for one of them.
func (t *Tx) ReservedConcurrency(except *function.Function) (sum int64, err error) {
	_, err = t.first([]any{&sum}, `SELECT COALESCE(SUM(reserved), 0) FROM functions WHERE account = $1 AND region = $2 AND reserved > 0 AND id <> $3`,
		except.Account, except.Region, except.Key)
	return sum, err
}

// FunctionUsage counts the functions of an account and region, and the bytes of
// all zips of their versions and of the layers.
func (t *Tx) FunctionUsage(account, region string) (functions, bytes int64, err error) {
	if _, err = t.first([]any{&functions}, `SELECT COUNT(*) FROM functions WHERE account = $1 AND region = $2`, account, region); err != nil {
		return 0, 0, err
	}
	var layers int64
	if _, err = t.first([]any{&bytes}, `SELECT COALESCE(SUM(c.size), 0) FROM functions f
JOIN function_versions v ON v.function = f.id JOIN code c ON c.id = v.code WHERE f.account = $1 AND f.region = $2`, account, region); err != nil {
		return 0, 0, err
	}
	_, err = t.first([]any{&layers}, `SELECT COALESCE(SUM(c.size), 0) FROM layers l
JOIN layer_versions v ON v.layer = l.id JOIN code c ON c.id = v.code WHERE l.account = $1 AND l.region = $2`, account, region)
	return functions, bytes + layers, err
}
