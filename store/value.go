package store

import (
	"context"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// Choice picks a version of a secret: by id, by label, or by both. Without
// either it picks nothing.
type Choice struct{ VersionID, Label string }

// Found is what the one statement behind GetSecretValue reads. A secret that
// exists but has no such version has a zero VersionID; a version whose value is
// still to come has an empty Sealed.
type Found struct {
	Key             int64
	ARN             secret.ARN
	DeleteAt        time.Time
	Accessed        time.Time
	VersionID       string
	Labels          []string
	Created         time.Time
	VersionAccessed time.Time
	Sealed          secret.Sealed
	KeyID           string // as in secret.Secret
	Policy          string // as in secret.Secret

	tags, function, replicaOf []byte // as stored: only policies ask for them
	searched                  bool   // for want of a row in current_values

	keepable   bool   // see Keep
	generation uint64 // of the cache, before it was read
}

// Tags are the secret's; none where they cannot be read, which only a damaged
// store brings about, and which no policy then finds.
func (f *Found) Tags() []secret.Tag {
	tags, _ := fromJSON[[]secret.Tag](string(f.tags))
	return tags
}

// FunctionARN is the secret's rotation function, "" for none.
func (f *Found) FunctionARN() string { return string(f.function) }

// PrimaryRegion is the region of the secret that this one is a replica of, or its
// own.
func (f *Found) PrimaryRegion() string {
	if len(f.replicaOf) > 0 {
		return string(f.replicaOf)
	}
	return f.ARN.Region
}

const separator = "\x1f" // between labels; labels hold no control characters

const (
	valueColumns = `
SELECT s.id, s.suffix, s.delete_at, s.accessed, COALESCE(v.id, ''), COALESCE(v.created, 0), COALESCE(v.accessed, 0),
       COALESCE(v.sealed_by, ''), v.data_key, v.ciphertext, s.key_id, s.policy, s.tags, s.rotation_function, s.replica_of, `
	valueName    = ` WHERE s.account = $1 AND s.region = $2 AND s.name = $3`
	valueCurrent = valueColumns + `s.current_labels
FROM secrets s LEFT JOIN versions v ON v.key = s.current_version` + valueName
	valueLabels = `COALESCE((SELECT string_agg(o.label, $4) FROM labels o WHERE o.secret = v.secret AND o.version = v.id), '')
FROM secrets s`
	valueByLabel = valueColumns + valueLabels + `
LEFT JOIN labels l ON l.secret = s.id AND l.label = $5
LEFT JOIN versions v ON v.secret = s.id AND v.id = l.version` + valueName
	valueByVersion = valueColumns + valueLabels + `
LEFT JOIN versions v ON v.secret = s.id AND v.id = $5` + valueName
)

// statement is what reads a choice.
func (c Choice) statement(id secret.ID) (query string, args []any) {
	args = []any{id.Account, id.Region, id.Name}
	switch {
	case c.VersionID != "":
		return valueByVersion, append(args, separator, c.VersionID)
	case c.Label == secret.Current:
		return valueCurrent, args
	}
	return valueByLabel, append(args, separator, c.Label)
}

// Value reads one version of a secret; nil when there is no such secret. With a
// version id given the label is left to the caller to check.
func (s *Store) Value(ctx context.Context, id secret.ID, which Choice) (*Found, error) {
	f, err := s.anyValue(ctx, id, which)
	if err != nil || f == nil || !id.Matches(f.ARN) {
		return nil, err
	}
	return f, nil
}

func (s *Store) anyValue(ctx context.Context, id secret.ID, which Choice) (*Found, error) {
	if which != cached {
		return s.readValue(ctx, id, which)
	}
	f, generation := s.cache.get(keyOf(id))
	if f != nil {
		return f, nil
	}
	f, err := s.readValue(ctx, id, which)
	if f != nil {
		f.keepable, f.generation = s.cache != nil, generation
	}
	return f, err
}

// Keep has what Value read answer its next readers too, unless it has changed
// meanwhile or chance gives others the place. seal, which is asked only then, gives
// it another seal: one for memory is cheaper to open than one for the disk.
func (s *Store) Keep(f *Found, seal func() secret.Sealed) {
	if f.keepable {
		s.cache.put(keyOfARN(f.ARN), f, f.generation, seal)
	}
}

func (s *Store) readValue(ctx context.Context, id secret.ID, which Choice) (*Found, error) {
	on, done, err := s.reader(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	searched := false
	if s.cache != nil && which == cached {
		f, missing, err := readily(ctx, on, keyOf(id))
		if err != nil || f != nil {
			return f, err
		}
		searched = missing
	}
	f, err := searchValue(ctx, on, id, which)
	if f != nil {
		f.searched = searched && f.repeatable()
	}
	return f, err
}

// searchValue reads a version in one statement, from the tables that are the truth.
func searchValue(ctx context.Context, on connection, id secret.ID, which Choice) (*Found, error) {
	f := &Found{ARN: secret.ARN{Region: id.Region, Account: id.Account, Name: id.Name}}
	var deleteAt, accessed, created, versionAccessed int64
	var labels string
	query, args := which.statement(id)
	there, err := first(ctx, on, []any{&f.Key, &f.ARN.Suffix, &deleteAt, &accessed, &f.VersionID, &created, &versionAccessed,
		&f.Sealed.KeyID, &f.Sealed.DataKey, &f.Sealed.Ciphertext, &f.KeyID, &f.Policy, &f.tags, &f.function, &f.replicaOf, &labels}, query, args...)
	if err != nil || !there {
		return nil, err
	}
	f.DeleteAt, f.Accessed, f.Created, f.VersionAccessed = fromMicros(deleteAt), fromMicros(accessed), fromMicros(created), fromMicros(versionAccessed)
	f.Labels = splitLabels(labels)
	return f, nil
}
