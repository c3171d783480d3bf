package store

import (
	"maps"
	"slices"

	"github.com/alberti-dev/alberti/secret"
)

// narrowed looks for a filter that leads to few secrets, the fewer the better,
// and gives all their keys. It gives up when it has looked at enough.
func (t *Tx) narrowed(l Listing, filters secret.Filters) (keys []int64, ok bool, err error) {
	n := &narrowing{tx: t, listing: l, left: lookedAt}
	for _, limit := range []int{l.Limit, narrow} {
		for _, f := range filters {
			ways, possible := f.Alternatives()
			if !possible {
				continue
			}
			found, ok, err := n.anyOf(ways, limit)
			if err != nil || ok {
				return found, ok, err
			}
		}
	}
	return nil, false, nil
}

// narrowing is a search for a narrow filter.
type narrowing struct {
	tx      *Tx
	listing Listing
	left    int // terms that may still be looked at
}

// anyOf gives the secrets to which any of the alternatives leads, when they are
// not more than limit.
func (n *narrowing) anyOf(ways []secret.Alternative, limit int) (_ []int64, ok bool, err error) {
	all := map[int64]bool{}
	for _, way := range ways {
		keys, ok, err := n.allOf(way, limit)
		if err != nil || !ok {
			return nil, false, err
		}
		for _, key := range keys {
			all[key] = true
		}
		if len(all) > limit {
			return nil, false, nil
		}
	}
	return slices.Sorted(maps.Keys(all)), true, nil
}

// allOf follows the first of the ranges that is narrow: a secret must be in each.
func (n *narrowing) allOf(ranges []secret.Range, limit int) (_ []int64, ok bool, err error) {
	for _, r := range ranges {
		keys, ok, err := n.within(r, limit)
		if err != nil || ok {
			return keys, ok, err
		}
	}
	return nil, false, nil
}

func (n *narrowing) within(r secret.Range, limit int) (keys []int64, ok bool, err error) {
	for _, kind := range r.Kinds {
		most := min(limit, n.left)
		found, err := n.tx.keysWithin(n.listing, r, kind, most+1)
		if err != nil || len(found) > most {
			n.left -= min(len(found), n.left)
			return nil, false, err
		}
		n.left -= len(found)
		keys = append(keys, found...)
	}
	return keys, len(keys) <= limit, nil
}

// keysWithin reads keys of secrets by a range of one kind of term, or by a range
// of names. One may come several times.
func (t *Tx) keysWithin(l Listing, r secret.Range, kind secret.Kind, limit int) ([]int64, error) {
	text, args := `SELECT secret FROM terms WHERE kind = $1 AND term >= $2`, []any{int64(kind), r.From}
	switch {
	case r.OfNames() && r.To == "":
		return t.keys(`SELECT id FROM secrets WHERE account = $1 AND region = $2 AND name >= $3 LIMIT $4`, l.Account, l.Region, r.From, limit)
	case r.OfNames():
		return t.keys(`SELECT id FROM secrets WHERE account = $1 AND region = $2 AND name >= $3 AND name < $4 LIMIT $5`,
			l.Account, l.Region, r.From, r.To, limit)
	case r.To == "":
		return t.keys(text+` LIMIT $3`, append(args, limit)...)
	}
	return t.keys(text+` AND term < $3 LIMIT $4`, append(args, r.To, limit)...)
}
