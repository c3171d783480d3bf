package store

import (
	"slices"
	"strconv"

	"github.com/alberti-dev/alberti/secret"
)

// A search finds its page in one of two ways. Where one of the filters is narrow,
// its terms lead to few secrets: all of them are read, and sorted. Otherwise the
// secrets are read in order, and those that pass are kept. Either way the work is
// bounded, however many secrets there are.
const (
	narrow   = 2000 // secrets that a filter may lead to, or that are read for a page
	lookedAt = 8000 // terms looked at to find a narrow filter
	chunk    = 500  // secrets read in order at a time
)

// Page is what a search found.
type Page struct {
	Secrets []*secret.Secret
	More    bool   // there may be more after End
	End     Cursor // the last secret that was considered
}

// Search reads a page of the secrets that pass the filters, with versions. A page
// may be short although there are more (secrets-manager.md, 2.9).
func (t *Tx) Search(l Listing, filters secret.Filters) (page Page, err error) {
	keys, ok, err := t.narrowed(l, filters)
	switch {
	case err != nil:
		return page, err
	case ok:
		page, err = t.among(keys, l, filters)
	default:
		page, err = t.along(l, filters)
	}
	if err != nil {
		return page, err
	}
	return page, t.loadAllVersions(page.Secrets)
}

// wants tells whether a secret belongs to the listing, wherever it stands.
func (l Listing) wants(s *secret.Secret, filters secret.Filters) bool {
	return s.ARN.Account == l.Account && s.ARN.Region == l.Region && (l.Deleted || s.DeleteAt.IsZero()) &&
		(!l.Rotating || s.Rotation.Configured()) && filters.Match(s)
}

// along reads secrets in order until the page is full, or enough were read.
func (t *Tx) along(l Listing, filters secret.Filters) (page Page, err error) {
	want, left := l.Limit, max(narrow, l.Limit+1)
	page.End = l.After
	for l.Limit = want + 1; left > 0; l.Limit = min(chunk, left) {
		read, err := t.next(l, filters)
		if err != nil {
			return page, err
		}
		for _, s := range read {
			if len(page.Secrets) == want {
				page.More = true
				return page, nil
			}
			page.End = CursorAt(s, l.By)
			if l.wants(s, filters) {
				page.Secrets = append(page.Secrets, s)
			}
		}
		if len(read) < l.Limit {
			return page, nil
		}
		l.After, left = page.End, left-len(read)
	}
	page.More = true
	return page, nil
}

// next reads the secrets that follow, whether they pass or not. In the order of
// names a filter of names says where they can lie.
func (t *Tx) next(l Listing, filters secret.Filters) ([]*secret.Secret, error) {
	q := l.walk()
	if l.By == ByName {
		from, to := filters.NameRange()
		if from != "" {
			q.and(`name >= ?`, from)
		}
		if to != "" {
			q.and(`name < ?`, to)
		}
	}
	return t.bare(q.inOrder(l), q.args...)
}

// among reads all the secrets of the keys, and keeps the first that pass.
func (t *Tx) among(keys []int64, l Listing, filters secret.Filters) (page Page, err error) {
	before := func(a, b *secret.Secret) int {
		order := CursorAt(a, l.By).compare(CursorAt(b, l.By))
		if l.Descending {
			return -order
		}
		return order
	}
	after := func(s *secret.Secret) bool {
		order := CursorAt(s, l.By).compare(l.After)
		return l.After == (Cursor{}) || order > 0 && !l.Descending || order < 0 && l.Descending
	}
	kept := page.Secrets
	for some := range slices.Chunk(keys, inList) {
		read, err := t.bare(secretsInList, listed(some)...)
		if err != nil {
			return page, err
		}
		for _, s := range read {
			if l.wants(s, filters) && after(s) {
				kept = append(kept, s)
			}
		}
		slices.SortFunc(kept, before)
		kept = kept[:min(len(kept), l.Limit+1)]
	}
	page.More = len(kept) > l.Limit
	page.Secrets = kept[:min(len(kept), l.Limit)]
	if page.More {
		page.End = CursorAt(page.Secrets[l.Limit-1], l.By)
	}
	return page, nil
}

const inList = 50 // keys in the list of one statement

var (
	listPlaces    = `(` + places(inList, func(i int) string { return "$" + strconv.Itoa(i+1) }) + `)`
	secretsInList = `SELECT ` + secretColumns + ` FROM secrets WHERE id IN ` + listPlaces
)

// listed are the arguments of such a list: the last key fills it up.
func listed(keys []int64) (args []any) {
	for i := range inList {
		args = append(args, keys[min(i, len(keys)-1)])
	}
	return args
}
