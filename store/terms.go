package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// putTerms writes what a secret is found by, where that differs from what it was
// found by when it was read.
func (t *Tx) putTerms(s *secret.Secret) error {
	was, known := t.loaded[s.Key]
	if known && was.secret.FoundAlike(s) {
		return nil
	}
	var before []secret.Term
	if known {
		before = was.secret.Terms()
	}
	after := s.Terms()
	if err := t.dropTerms(s.Key, without(before, after)); err != nil {
		return err
	}
	return t.addTerms(s.Key, without(after, before))
}

func without(all, some []secret.Term) []secret.Term {
	return slices.DeleteFunc(slices.Clone(all), func(term secret.Term) bool { return slices.Contains(some, term) })
}

// termsAtOnce go into the store with one statement; one that is not needed
// repeats the last.
const termsAtOnce = 8

var insertTerms = `INSERT INTO terms (secret, kind, term) VALUES ` + places(termsAtOnce, func(i int) string {
	return `($1, $` + strconv.Itoa(2*i+2) + `, $` + strconv.Itoa(2*i+3) + `)`
}) + ` ON CONFLICT DO NOTHING`

// places writes n placeholders, or whatever each gives.
func places(n int, each func(i int) string) string {
	out := make([]string, n)
	for i := range out {
		out[i] = each(i)
	}
	return strings.Join(out, ", ")
}

func (t *Tx) addTerms(key int64, terms []secret.Term) error {
	for some := range slices.Chunk(terms, termsAtOnce) {
		args := []any{key}
		for i := range termsAtOnce {
			term := some[min(i, len(some)-1)]
			args = append(args, int64(term.Kind), term.Text)
		}
		if _, err := t.exec(insertTerms, args...); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) dropTerms(key int64, terms []secret.Term) error {
	for _, term := range terms {
		if _, err := t.exec(`DELETE FROM terms WHERE kind = $1 AND term = $2 AND secret = $3`, int64(term.Kind), term.Text, key); err != nil {
			return err
		}
	}
	return nil
}

// addMissingTerms writes the terms of secrets that were stored before there were
// any: some hundreds to a commit, so that it goes on where it was interrupted.
// Of several servers that start at once each waits for the others' share.
func (s *Store) addMissingTerms(ctx context.Context) error {
	for more := true; more; {
		err := s.Update(ctx, func(tx *Tx) (err error) {
			more, err = tx.addMissingTerms(200)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) addMissingTerms(limit int) (more bool, err error) {
	keys, err := t.keys(`SELECT secret FROM terms_missing ORDER BY secret LIMIT $1`+t.dialect.lockRow, limit)
	if err != nil {
		return false, err
	}
	for _, key := range keys {
		s, err := t.SecretByKey(key)
		if err != nil {
			return false, err
		}
		if s != nil {
			if err := t.addTerms(key, s.Terms()); err != nil {
				return false, err
			}
		}
		if _, err := t.exec(`DELETE FROM terms_missing WHERE secret = $1`, key); err != nil {
			return false, err
		}
	}
	return len(keys) > 0, nil
}

// keys reads keys of secrets.
func (t *Tx) keys(query string, args ...any) (out []int64, err error) {
	err = t.query(func(scan func(...any) error) error {
		var key int64
		err := scan(&key)
		out = append(out, key)
		return err
	}, query, args...)
	return out, err
}
