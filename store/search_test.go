package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

var orders = []store.Order{store.ByCreated, store.ByChanged, store.ByAccessed, store.ByName}

// TestSearch: what is found page by page is what Filters.Match keeps of all, in
// every order, however the secrets have changed since they were stored.
func TestSearch(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st, random := open(fixed), rand.New(rand.NewPCG(7, 8))
		all := storeRandom(t, st, random, 200)
		found := 0
		for range 150 {
			l := store.Listing{
				Account: "000000000000", Region: "eu-west-1", By: orders[random.IntN(4)], Descending: random.IntN(2) == 0,
				Deleted: random.IntN(2) == 0, Limit: 1 + random.IntN(40),
			}
			var filters secret.Filters
			for range random.IntN(3) {
				filters = append(filters, randomFilter(random))
			}
			want := expected(all, l, filters)
			if got := search(t, st, l, filters); !slices.Equal(got, want) {
				t.Fatalf("%+v, %q:\ngot  %q\nwant %q", l, filters, got, want)
			}
			found += len(want)
		}
		if found < 2000 {
			t.Errorf("only %d were found", found)
		}
	})
}

// storeRandom stores secrets, and then changes some and deletes some.
func storeRandom(t *testing.T, st *store.Store, random *rand.Rand, n int) (all []*secret.Secret) {
	for i := range n {
		s := newSecret(fmt.Sprintf("%s/%s%d", pick(random, "prod", "dev", "Dev"), pick(random, "db", "web"), i))
		s.Created = start.Add(time.Duration(random.IntN(50)) * time.Hour)
		s.Changed = start.Add(time.Duration(random.IntN(50)) * time.Minute)
		if random.IntN(5) == 0 {
			s.ARN.Region = "us-east-1"
		}
		describeRandomly(s, random)
		put(t, st, s, "one")
		all = append(all, s)
	}
	return slices.DeleteFunc(all, func(s *secret.Secret) bool {
		gone := random.IntN(8) == 0
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			known, err := tx.SecretByKey(s.Key)
			if err != nil {
				return err
			}
			if gone {
				return tx.DeleteSecret(known)
			}
			if random.IntN(2) == 0 {
				describeRandomly(known, random)
			}
			*s = *known
			return tx.PutSecret(s)
		})
		if err != nil {
			t.Fatal(err)
		}
		return gone
	})
}

func describeRandomly(s *secret.Secret, random *rand.Rand) {
	s.Description = strings.Join([]string{pick(random, "the", "A", "main"), pick(random, "Secret", "database", "x-y", "")}, " ")
	s.Tags = nil
	for range random.IntN(3) {
		s.Tags = append(s.Tags, secret.Tag{Key: pick(random, "team", "Team", "owner", "env"), Value: pick(random, "blue", "red", "Ada", "")})
	}
	s.DeleteAt = time.Time{}
	if random.IntN(6) == 0 {
		s.DeleteAt = start.Add(time.Hour)
	}
}

func pick(random *rand.Rand, from ...string) string { return from[random.IntN(len(from))] }

func randomFilter(random *rand.Rand) secret.Filter {
	f := secret.Filter{Key: pick(random, "name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all")}
	for range 1 + random.IntN(2) {
		f.Values = append(f.Values, pick(random, "", "", "!")+pick(random, "p", "prod/", "dev/db1", "Dev", "t", "te", "the sec", "main", "b", "a", "x y", "", "ow", "Ada"))
	}
	return f
}

func expected(all []*secret.Secret, l store.Listing, filters secret.Filters) (names []string) {
	var kept []*secret.Secret
	for _, s := range all {
		if s.ARN.Region == l.Region && (l.Deleted || s.DeleteAt.IsZero()) && filters.Match(s) {
			kept = append(kept, s)
		}
	}
	slices.SortFunc(kept, func(a, b *secret.Secret) int {
		order := int(a.Key - b.Key)
		switch {
		case l.By == store.ByName:
			order = strings.Compare(a.Name(), b.Name())
		case l.By == store.ByCreated && !a.Created.Equal(b.Created):
			order = a.Created.Compare(b.Created)
		case l.By == store.ByChanged && !a.Changed.Equal(b.Changed):
			order = a.Changed.Compare(b.Changed)
		}
		if l.Descending {
			return -order
		}
		return order
	})
	for _, s := range kept {
		names = append(names, s.Name())
	}
	return names
}

// search reads all pages.
func search(t *testing.T, st *store.Store, l store.Listing, filters secret.Filters) (names []string) {
	t.Helper()
	for {
		page := searchPage(t, st, l, filters)
		for _, s := range page.Secrets {
			names = append(names, s.Name())
		}
		if len(page.Secrets) > l.Limit {
			t.Fatalf("%d in a page of %d", len(page.Secrets), l.Limit)
		}
		if !page.More {
			return names
		}
		l.After = page.End
	}
}

func searchPage(t *testing.T, st *store.Store, l store.Listing, filters secret.Filters) (page store.Page) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) (err error) {
		page, err = tx.Search(l, filters)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// TestSearchIsBounded: where no filter is narrow a page looks at so many secrets
// and no more, and tells that there may be others.
func TestSearchIsBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		const n = 4500
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			for i := range n {
				s := newSecret(fmt.Sprintf("s%04d", i))
				s.Description, s.Tags = "common", []secret.Tag{{Key: "common", Value: fmt.Sprint(i % 2)}}
				if i == n-1 {
					s.Description = "rare common"
				}
				if err := tx.PutSecret(s); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		l := store.Listing{Account: "000000000000", Region: "eu-west-1", By: store.ByName, Limit: 10}
		only := func(key, value string) secret.Filter { return secret.Filter{Key: key, Values: []string{value}} }
		for _, test := range []struct {
			filters secret.Filters
			pages   int
			names   int
		}{
			{secret.Filters{only("tag-key", "!common")}, 3, 0},
			{secret.Filters{only("name", "s"), only("description", "!common")}, 3, 0},
			{secret.Filters{only("all", "nothing")}, 1, 0},
			{secret.Filters{only("tag-key", "common"), only("description", "rare")}, 1, 1},
			{secret.Filters{only("description", "common rare")}, 1, 1},
			{secret.Filters{only("name", "!s")}, 1, 0},
			{secret.Filters{only("name", "s449")}, 1, 10},
			{secret.Filters{only("description", "common"), only("tag-key", "!x"), only("name", "s000")}, 1, 10},
		} {
			pages, names, at := 0, 0, l
			for more := true; more; pages++ {
				page := searchPage(t, st, at, test.filters)
				names, at.After, more = names+len(page.Secrets), page.End, page.More
			}
			if pages != test.pages || names != test.names {
				t.Errorf("%v: %d in %d pages, want %d in %d", test.filters, names, pages, test.names, test.pages)
			}
		}
	})
}
