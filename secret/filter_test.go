package secret_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// library are secrets by name. A description follows ": ", tags follow " #" as
// key=value.
func library(lines ...string) (out []*secret.Secret) {
	for _, line := range lines {
		line, tags, _ := strings.Cut(line, " #")
		name, description, _ := strings.Cut(line, ": ")
		s := secret.New(secret.ARN{Region: "eu-west-1", Account: "123456789012", Name: name, Suffix: "a1B2c3"}, birth)
		s.Description = description
		for tag := range strings.FieldsSeq(tags) {
			key, value, _ := strings.Cut(tag, "=")
			s.Tags = append(s.Tags, secret.Tag{Key: key, Value: value})
		}
		out = append(out, s)
	}
	return out
}

func matching(fs secret.Filters, in []*secret.Secret) (names []string) {
	for _, s := range in {
		if fs.Match(s) {
			names = append(names, s.Name())
		}
	}
	return names
}

// query is one filter: "name=prod|!dev" is the key name with two values.
func query(text string) secret.Filter {
	key, values, _ := strings.Cut(text, "=")
	return secret.Filter{Key: key, Values: strings.Split(values, "|")}
}

type search struct {
	filters string // joined by " & "
	want    string // names
}

func searchAll(t *testing.T, in []*secret.Secret, searches []search) {
	t.Helper()
	for _, search := range searches {
		var fs secret.Filters
		for _, f := range strings.Split(search.filters, " & ") {
			fs = append(fs, query(f))
		}
		if got := matching(fs, in); !slices.Equal(got, strings.Fields(search.want)) {
			t.Errorf("%s: got %v, want [%s]", search.filters, got, search.want)
		}
	}
}

// TestRecordedDescriptions: secrets-manager.md, 2.9.
func TestRecordedDescriptions(t *testing.T) {
	searchAll(t, library("1: a secret", "2: an secret", "3: asecret", "4: thesecret", "5"), []search{
		{"description=a", "1 2 3"},
		{"description=a secret", "1 2"},
		{"description=secret a", "1 2"},
		{"description=A SEC", "1 2"},
		{"description=ret", ""},
		{"description=!a", "4 5"},
		{"description=!c", "1 2 3 4 5"},
		{"description=!a secret", "3 4 5"},
		{"description=thesecret|asecret", "3 4"},
		{"description=the|!a", "4 5"},
	})
	searchAll(t, library("foo: one two", "bar: one and two", "baz: one", "qux: two", "none: unrelated"), []search{
		{"description=one & description=two", "foo bar"}, // the same key twice is AND
		{"description=one two", "foo bar"},
		{"description=o t", "foo bar"},
		{"description=t", "foo bar qux"},
		{"description=one|!two", "foo bar baz none"},
		{"description=!o", "qux none"},
	})
}

func TestNamesAndTags(t *testing.T) {
	in := library("prod/db #team=blue", "prod/web #team=red owner=ada", "/dev/db #Team=blue", "testing1")
	searchAll(t, in, []search{
		{"name=prod", "prod/db prod/web"},
		{"name=prod/d", "prod/db"},
		{"name=Prod", ""},
		{"name=db", ""},
		{"name=/", "/dev/db"},
		{"name=!/", "prod/db prod/web testing1"},
		{"name=testing1 one", ""}, // the whole value is one prefix
		{"name=!prod", "/dev/db testing1"},
		{"name=prod|/", "prod/db prod/web /dev/db"},
		{"name=prod & name=!prod/d", "prod/web"},
		{"tag-key=team", "prod/db prod/web"},
		{"tag-key=te|own", "prod/db prod/web"},
		{"tag-key=eam", ""},
		{"tag-key=!team", "/dev/db testing1"},
		{"tag-value=blue", "prod/db /dev/db"},
		{"tag-value=Blue", ""},
		{"tag-key=team & tag-value=blue", "prod/db"},
		{"tag-key=owner & tag-value=red", "prod/web"}, // of another tag
		{"primary-region=eu", ""},
		{"primary-region=!eu", "prod/db prod/web /dev/db testing1"},
		{"owning-service=rds", ""},
		{"name=", "prod/db prod/web /dev/db testing1"},
	})
	if !(secret.Filters{}).Match(in[0]) {
		t.Error("no filter keeps nothing")
	}
}

// TestRecordedAll are searches of everything, as recorded (2.9).
func TestRecordedAll(t *testing.T) {
	searchAll(t, library("SecretOne", "SecretTwo: DescTwo", "Thirdsecret", "SecretFTag #1=foo", "SecretFValue #foo=v", "none"), []search{
		{"all=SecretOne", "SecretOne"},
		{"all=foo", "SecretFTag SecretFValue"},
		{"all=Secret", "SecretOne SecretTwo SecretFTag SecretFValue"},
		{"all=secret", "SecretOne SecretTwo SecretFTag SecretFValue"},
		{"all=sec", "SecretOne SecretTwo SecretFTag SecretFValue"},
		{"all=ret", ""},
		{"all=SomeSecret", ""},
		{"all=d", "SecretTwo"},
		{"all=d t", "SecretTwo"},
		{"all=t", "SecretTwo Thirdsecret SecretFTag"},
		{"all=!t", "SecretOne SecretFValue none"},
	})
	named := "prod/AppBeta/x prod_AppBeta_x prod+AppBeta+x prod=AppBeta=x prod.AppBeta.x prod@AppBeta@x prod-AppBeta-x"
	upper := " uat/COMPANY/x uat/COMPANYthings/x"
	searchAll(t, library(strings.Fields(named+upper)...), []search{
		{"all=AppBeta", named},
		{"all=Beta", named},
		{"all=AppBeta|prod", named},
		{"all=x", named + upper},
		{"all=+", ""},
		{"all=company", "uat/COMPANY/x"},
		{"all=things", ""},
		{"all=Ythings", "uat/COMPANYthings/x"}, // COMPAN and Ythings
		{"all=N", ""},
		{"all=pany", ""},
	})
}

// TestAllWords: where a text is split, as documented (2.9). Names with two kinds
// of separator are split too: that AWS does not is said, but not recorded.
func TestAllWords(t *testing.T) {
	searchAll(t, library("1: credsDatabase#892", "prod-AppBeta/x", "three: été Ωmega", "rds!db-77"), []search{
		{"all=creds", "1"}, {"all=data", "1"}, {"all=892", "1"}, {"all=89", "1"}, {"all=92", ""}, {"all=base", ""},
		{"all=892 database creds", "1"}, {"all=creds#Database", "1"},
		{"all=beta", "prod-AppBeta/x"}, {"all=prod-App", "prod-AppBeta/x"},
		{"all=ÉT", "three"}, {"all=ωm", "three"},
		{"all=rds db 7", "rds!db-77"},
		{"all=", ""}, {"all= ", ""}, {"all=!", "1 prod-AppBeta/x three rds!db-77"},
	})
}
