package secret_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

const (
	home     = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	badName  = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
	notFound = "Secrets Manager can't find the specified secret."
)

func TestParseID(t *testing.T) {
	id := func(name, suffix string) secret.ID {
		return secret.ID{Region: "eu-west-1", Account: "123456789012", Name: name, Suffix: suffix}
	}
	for text, want := range map[string]secret.ID{
		"db":                        id("db", ""),
		"prod/app/db":               id("prod/app/db", ""),
		"Aa0-/_+=.@!":               id("Aa0-/_+=.@!", ""),
		"arn":                       id("arn", ""),
		"name-a1B2c3":               id("name-a1B2c3", ""), // a name is never cut
		home + "db-a1B2c3":          id("db", "a1B2c3"),
		home + "prod/app/db-a1B2c3": id("prod/app/db", "a1B2c3"),
		home + "name-a1B2c3-d4E5f6": id("name-a1B2c3", "d4E5f6"),
		home + "db":                 id("db", ""),
		home + "prod/app/db":        id("prod/app/db", ""),
		home + "db-a1B2c":           id("db-a1B2c", ""),
		home + "db-a1B2c34":         id("db-a1B2c34", ""),
		home + "db-a1B2_3":          id("db-a1B2_3", ""),
		home + "db-??????":          id("db-??????", ""),
		home + "-a1B2c3":            id("-a1B2c3", ""),    // nothing would be left of the name
		home + "name-a1B2c3":        id("name", "a1B2c3"), // partial, and taken for complete
		home + "a:b":                id("a:b", ""),
		home + "odd name*":          id("odd name*", ""), // ARNs skip the check of characters
		"arn:aws-cn:secretsmanager:eu-west-1:123456789012:secret:db": id("db", ""),
		"arn:aws:secretsmanager:eu-west-1:210987654321:secret:db-a1B2c3": {
			Region: "eu-west-1", Account: "210987654321", Name: "db", Suffix: "a1B2c3"},
	} {
		if got, err := secret.ParseID(text, "123456789012", "eu-west-1"); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestParseIDRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":          badName,
		" db":       badName,
		"db ":       badName,
		"d b":       badName,
		"db\n":      badName,
		"d*":        badName,
		"db?":       badName,
		"db]":       badName,
		`db\`:       badName,
		"db:x":      badName,
		"ключ":      badName,
		"ARN:aws:x": badName,
		"arn:":      notFound,
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret":           notFound,
		"arn:aws:secretsmanager:eu-west-1:123456789012:secret:":          notFound,
		"arn:aws:secretsmanager:eu-west-1:123456789012:key:db-a1B2c3":    notFound,
		"arn:aws:kms:eu-west-1:123456789012:secret:db-a1B2c3":            notFound,
		"arn:aws:secretsmanager:eu-west-2:123456789012:secret:db-a1B2c3": notFound,
		"arn:aws:secretsmanager::123456789012:secret:db-a1B2c3":          notFound,
	} {
		kind := fault.Validation
		if want == notFound {
			kind = fault.NotFound
		}
		_, err := secret.ParseID(text, "123456789012", "eu-west-1")
		if wantFault(t, err, kind, want); t.Failed() {
			t.Fatalf("for %q", text)
		}
	}
}

func TestIDMatches(t *testing.T) {
	for _, test := range []struct {
		suffix, arn string
		want        bool
	}{
		{"", home + "prod/app/db-??????", true},
		{"a1B2c3", someARN.String(), true},
		{"A1B2C3", home + "prod/app/db-A1B2C3", false},
	} {
		id := secret.ID{Region: "eu-west-1", Account: "123456789012", Name: "prod/app/db", Suffix: test.suffix}
		if id.Matches(someARN) != test.want || id.ARN() != test.arn {
			t.Errorf("%q: matches %v, is %s", test.suffix, !test.want, id.ARN())
		}
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "prod/app/db", "rds!db-1", "a.b@c=d+e_f-g", strings.Repeat("x", 512)} {
		if err := secret.CheckName(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantFault(t, secret.CheckName("arn:aws:x"), fault.Validation, badName)
}

// FuzzParseID: whatever is read names one secret, and reading its ARN gives the
// same again; whatever is not read is one of two refusals.
func FuzzParseID(f *testing.F) {
	for _, seed := range []string{"db", "name-a1B2c3", home + "db-a1B2c3", home + "db", home + "-a1B2c3", home + "a:b-a1B2c3",
		"arn:aws:secretsmanager:us-east-1:1:secret:x", "arn:::::secret:", "", " ", home + "db\n-a1B2c3"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := secret.ParseID(text, "123456789012", "eu-west-1")
		if err != nil {
			if kind := fault.KindOf(err); kind != fault.NotFound && kind != fault.Validation || id != (secret.ID{}) {
				t.Fatalf("%q: %+v, %v", text, id, err)
			}
			return
		}
		if id.Name == "" || id.Region != "eu-west-1" || id.Suffix != "" && len(id.Suffix) != 6 {
			t.Fatalf("%q: %+v", text, id)
		}
		if secret.CheckName(id.Name) != nil {
			return // an ARN that no secret has
		}
		arn := secret.ARN(id)
		if arn.Suffix == "" {
			arn.Suffix = "a1B2c3"
		}
		if !id.Matches(arn) {
			t.Fatalf("%q does not match %s", text, arn)
		}
		again, err := secret.ParseID(arn.String(), "", "eu-west-1")
		if err != nil || again.Name != id.Name || again.Suffix != arn.Suffix || again.Account != id.Account {
			t.Fatalf("%q is %s, which reads as %+v, %v", text, arn, again, err)
		}
	})
}

// TestNewSuffix: 62 letters and digits, each as likely as the others. Chi-square
// with 61 degrees of freedom is above 150 once in a thousand million runs.
func TestNewSuffix(t *testing.T) {
	const draws = 20_000
	count := map[rune]int{}
	for range draws {
		suffix := secret.NewSuffix()
		if len(suffix) != 6 {
			t.Fatalf("%q", suffix)
		}
		for _, r := range suffix {
			count[r]++
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	expected, square := 6*draws/float64(len(alphabet)), 0.0
	for _, r := range alphabet {
		off := float64(count[r]) - expected
		square += off * off / expected
		delete(count, r)
	}
	if square > 150 || len(count) > 0 {
		t.Errorf("chi-square %.0f, and strange letters %v", square, count)
	}
}
