package store

import (
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// rowColumns are the columns that PutSecret writes, in the order of secretArgs.
var rowColumns = strings.Fields(`account region name suffix description key_id tags created changed delete_at
rotation_enabled rotation_function rotation_after rotation_schedule rotation_duration rotation_days rotated rotation_from
rotation_due rotation_window policy replica_of create_token owning_service`)

// secretColumns are what scanSecret reads.
var secretColumns = `id, accessed, ` + strings.Join(rowColumns, ", ") + `,
EXISTS (SELECT 1 FROM replicas WHERE replicas.secret = secrets.id)`

// insertRow writes a new secret.
var insertRow = insertStatement()

func insertStatement() string {
	var places []string
	for i := range rowColumns {
		places = append(places, "$"+strconv.Itoa(i+1))
	}
	return "INSERT INTO secrets (accessed, " + strings.Join(rowColumns, ", ") + ") VALUES (0, " + strings.Join(places, ", ") + ")"
}

// loaded is a secret as the transaction read it.
type loaded struct {
	labels   map[string]string // label -> version
	versions map[string]versionRow
	secret   secret.Secret // but for its versions
}

// Secret finds a secret by name, and by suffix when the id has one; nil when
// there is none. Under Update its row is locked until the end.
func (t *Tx) Secret(id secret.ID) (*secret.Secret, error) {
	s, err := t.oneSecret(`WHERE account = $1 AND region = $2 AND name = $3`, id.Account, id.Region, id.Name)
	if s != nil && !id.Matches(s.ARN) {
		return nil, err
	}
	return s, err
}

// SecretByKey finds a secret by the store's own key; nil when there is none.
func (t *Tx) SecretByKey(key int64) (*secret.Secret, error) {
	return t.oneSecret(`WHERE id = $1`, key)
}

func (t *Tx) oneSecret(where string, args ...any) (*secret.Secret, error) {
	query := `SELECT ` + secretColumns + ` FROM secrets ` + where
	if t.write {
		query += t.dialect.lockRow
	}
	var out *secret.Secret
	err := t.query(func(scan func(...any) error) (err error) {
		out, err = t.scanSecret(scan)
		return err
	}, query, args...)
	if err != nil || out == nil {
		return nil, err
	}
	return out, t.loadVersions(out)
}

func (t *Tx) scanSecret(scan func(...any) error) (*secret.Secret, error) {
	s := &secret.Secret{}
	r := &s.Rotation
	r.AtOpening = t.opening
	var tags string
	var created, changed, accessed, deleteAt, rotated, from, due, window int64
	err := scan(&s.Key, &accessed, &s.ARN.Account, &s.ARN.Region, &s.ARN.Name, &s.ARN.Suffix, &s.Description, &s.KeyID, &tags,
		&created, &changed, &deleteAt, &r.Enabled, &r.FunctionARN, &r.Rules.AutomaticallyAfterDays, &r.Rules.Expression,
		&r.Rules.Duration, &r.Days, &rotated, &from, &due, &window, &s.Policy, &s.ReplicaOf,
		&s.CreateToken, &s.OwningService, &s.Replicated)
	if err != nil {
		return nil, err
	}
	s.Created, s.Changed, s.Accessed, s.DeleteAt = fromMicros(created), fromMicros(changed), fromMicros(accessed), fromMicros(deleteAt)
	r.LastRotated, r.From, r.Due, r.Window = fromMicros(rotated), fromMicros(from), fromMicros(due), fromMicros(window)
	s.Tags, err = fromJSON[[]secret.Tag](tags)
	return s, err
}

func secretArgs(s *secret.Secret) []any {
	r := s.Rotation
	return []any{s.ARN.Account, s.ARN.Region, s.ARN.Name, s.ARN.Suffix, s.Description, s.KeyID, asJSON(s.Tags),
		micros(s.Created), micros(s.Changed), micros(s.DeleteAt), r.Enabled, r.FunctionARN,
		r.Rules.AutomaticallyAfterDays, r.Rules.Expression, r.Rules.Duration, r.Days, micros(r.LastRotated), micros(r.From),
		micros(r.Due), micros(r.Window), s.Policy, s.ReplicaOf, s.CreateToken, s.OwningService}
}

// PutSecret saves a secret with its versions and labels, but not their values. It
// must be new or read in this transaction: only what differs is written. A new
// one gets its key; AlreadyExists when its name is taken. Its replicas are behind
// from here on.
func (t *Tx) PutSecret(s *secret.Secret) error {
	if err := t.noteChanged(s); err != nil {
		return err
	}
	if err := t.putRow(s); err != nil {
		return err
	}
	if err := t.putTerms(s); err != nil {
		return err
	}
	if err := t.putVersions(s); err != nil {
		return err
	}
	return t.putLabels(s)
}

func (t *Tx) putRow(s *secret.Secret) error {
	if s.Key == 0 {
		return t.insert(&s.Key, insertRow, secretArgs(s)...)
	}
	query, args := t.changedRow(s)
	if query == "" {
		return nil
	}
	_, err := t.exec(query, args...)
	return err
}

// changedRow is the update of the columns that differ from what was read, "" when
// none does. An index whose columns are not named is not written.
func (t *Tx) changedRow(s *secret.Secret) (query string, args []any) {
	was := t.loaded[s.Key].secret
	before, after := secretArgs(&was), secretArgs(s)
	var pairs []string
	for i, column := range rowColumns {
		if before[i] != after[i] {
			args = append(args, after[i])
			pairs = append(pairs, column+" = $"+strconv.Itoa(len(args)))
		}
	}
	if len(pairs) == 0 {
		return "", nil
	}
	args = append(args, s.Key)
	return "UPDATE secrets SET " + strings.Join(pairs, ", ") + " WHERE id = $" + strconv.Itoa(len(args)), args
}

// DeleteSecret removes a secret, as it was read in this transaction, with
// everything that belongs to it.
func (t *Tx) DeleteSecret(s *secret.Secret) error {
	if err := t.outdate(keyOfARN(s.ARN)); err != nil {
		return err
	}
	was := t.loaded[s.Key].secret
	if err := t.dropTerms(s.Key, append(was.Terms(), secret.PrimaryRegionTerm(s.ARN.Region))); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM secrets WHERE id = $1`, s.Key)
	return err
}

func (t *Tx) putLabels(s *secret.Secret) error {
	before, after := t.loaded[s.Key].labels, map[string]string{}
	for _, v := range s.Versions {
		for _, l := range v.Labels {
			after[l] = v.ID
		}
	}
	for l, v := range after {
		if before[l] == v {
			continue
		}
		if _, err := t.exec(`INSERT INTO labels (secret, label, version) VALUES ($1, $2, $3)
ON CONFLICT (secret, label) DO UPDATE SET version = excluded.version`, s.Key, l, v); err != nil {
			return err
		}
	}
	for l := range before {
		if _, kept := after[l]; kept {
			continue
		}
		if _, err := t.exec(`DELETE FROM labels WHERE secret = $1 AND label = $2`, s.Key, l); err != nil {
			return err
		}
	}
	if err := t.putCurrent(s.Key, before, after); err != nil {
		return err
	}
	t.remember(s)
	return nil
}

// remember notes how a secret stands in the store, so that the next PutSecret
// of this transaction writes only what differs.
func (t *Tx) remember(s *secret.Secret) {
	l := loaded{labels: map[string]string{}, versions: map[string]versionRow{}, secret: *s}
	l.secret.Versions = nil
	for _, v := range s.Versions {
		l.versions[v.ID] = rowOf(v)
		for _, label := range v.Labels {
			l.labels[label] = v.ID
		}
	}
	t.loaded[s.Key] = l
}
