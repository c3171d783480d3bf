package secret_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// FuzzFilters holds the algebra of filters over any text: ! turns a value round,
// values of one filter are alternatives, filters all hold.
func FuzzFilters(f *testing.F) {
	f.Add(uint8(0), "prod/", "dev", "main database")
	f.Add(uint8(1), "a secret", "!a", "an secret")
	f.Add(uint8(6), "credsDatabase#892", "COMPANYthings", "Ythings 892")
	f.Add(uint8(6), "+", "!", "\xff\u0130 İi")
	f.Add(uint8(2), "", "!!x", "")
	keys := []string{"name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all", "nonsense"}
	f.Fuzz(func(t *testing.T, which uint8, one, two, text string) {
		s := newSecret()
		s.Description, s.Tags = text, []secret.Tag{{Key: text, Value: one}}
		key := keys[int(which)%len(keys)]
		match := func(filters ...secret.Filter) bool { return secret.Filters(filters).Match(s) }
		of := func(values ...string) secret.Filter { return secret.Filter{Key: key, Values: values} }
		if !strings.HasPrefix(one, "!") && match(of(one)) == match(of("!"+one)) {
			t.Errorf("%s: %q and its opposite agree", key, one)
		}
		if match(of(one, two)) != (match(of(one)) || match(of(two))) {
			t.Errorf("%s: %q or %q is not one of both", key, one, two)
		}
		if match(of(one), of(two)) != (match(of(one)) && match(of(two))) {
			t.Errorf("%s: %q and %q are not both", key, one, two)
		}
		if !match() {
			t.Error("no filter keeps a secret out")
		}
	})
}
