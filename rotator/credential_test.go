package rotator

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

var someTraits = Traits{
	Names: []string{"postgres", "aurora-postgresql"}, Port: 5432, Database: "postgres",
	Excluded: `:/@"'\`, MaxUser: 63, CloneMark: "_clone",
}

// the keys that most of these tests have no quarrel with.
const login = `"engine":"postgres","host":"db.example.com","username":"app","password":"pa ss"`

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"least", `{` + login + `}`, "app at db.example.com:5432/postgres tls 0"},
		{"port as a number", `{` + login + `,"port":6543}`, "app at db.example.com:6543/postgres tls 0"},
		{"port as a text", `{` + login + `,"port":"6543"}`, "app at db.example.com:6543/postgres tls 0"},
		{"no port", `{` + login + `,"port":null}`, "app at db.example.com:5432/postgres tls 0"},
		{"an empty port", `{` + login + `,"port":""}`, "app at db.example.com:5432/postgres tls 0"},
		{"database", `{` + login + `,"dbname":"shop"}`, "app at db.example.com:5432/shop tls 0"},
		{"database null", `{` + login + `,"dbname":null}`, "app at db.example.com:5432/postgres tls 0"},
		{"Aurora", `{"engine":"aurora-postgresql",` + strings.TrimPrefix(login, `"engine":"postgres",`) + `}`, "app at db.example.com:5432/postgres tls 0"},
		{"unknown keys", `{` + login + `,"password2":"x","n":1e400,"deep":{"a":[1,{}]}}`, "app at db.example.com:5432/postgres tls 0"},
		{"master", `{` + login + `,"masterarn":"arn:m"}`, "app at db.example.com:5432/postgres tls 0 under arn:m"},
		{"ssl true", `{` + login + `,"ssl":true}`, "app at db.example.com:5432/postgres tls 1"},
		{"ssl TRUE", `{` + login + `,"ssl":"TRUE"}`, "app at db.example.com:5432/postgres tls 1"},
		{"ssl false", `{` + login + `,"ssl":false}`, "app at db.example.com:5432/postgres tls 2"},
		{"ssl False", `{` + login + `,"ssl":"False"}`, "app at db.example.com:5432/postgres tls 2"},
		{"ssl another text", `{` + login + `,"ssl":"yes"}`, "app at db.example.com:5432/postgres tls 0"},
		{"ssl a number", `{` + login + `,"ssl":1}`, "app at db.example.com:5432/postgres tls 0"},
		{"ssl null", `{` + login + `,"ssl":null}`, "app at db.example.com:5432/postgres tls 0"},

		{"port zero", `{` + login + `,"port":0}`, "the port key of the secret JSON is not a port number"},
		{"port too large", `{` + login + `,"port":65536}`, "the port key of the secret JSON is not a port number"},
		{"port a word", `{` + login + `,"port":"pa ss"}`, "the port key of the secret JSON is not a port number"},
		{"port true", `{` + login + `,"port":true}`, "the port key of the secret JSON is not a port number"},
		{"no engine", `{"host":"h","username":"u","password":"p"}`, "Database engine must be set to 'postgres' in order to use this rotation lambda"},
		{"another engine", `{"engine":"mysql"}`, "Database engine must be set to 'postgres' in order to use this rotation lambda"},
		{"engine a number", `{"engine":1}`, "Database engine must be set to 'postgres' in order to use this rotation lambda"},
		{"no host", `{"engine":"postgres","username":"u","password":"p"}`, "host key is missing from secret JSON"},
		{"no username", `{"engine":"postgres","host":"h","password":"p"}`, "username key is missing from secret JSON"},
		{"no password", `{"engine":"postgres","host":"h","username":"u"}`, "password key is missing from secret JSON"},
		{"password a number", `{"engine":"postgres","host":"h","username":"u","password":1234}`, "password key is missing from secret JSON"},
		{"keys in another case", `{"engine":"postgres","Host":"h","username":"u","password":"p"}`, "host key is missing from secret JSON"},
		{"no JSON", `my-password`, "the secret's value is not a JSON object"},
		{"half of it", `{"password":"pa ss`, "the secret's value is not a JSON object"},
		{"more after it", `{` + login + `} pa ss`, "the secret's value is not a JSON object"},
		{"a key twice", `{` + login + `,"password":"other"}`, "the secret's value is not a JSON object"},
		{"an array", `["pa ss"]`, "the secret's value is not a JSON object"},
		{"null", `null`, "the secret's value is not a JSON object"},
		{"nothing", ``, "the secret's value is not a JSON object"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(secret.Text(c.value), someTraits, Config{})
			text := fmt.Sprintf("%s at %s/%s tls %d", got.Username, got.Address(), got.Database, got.TLS)
			if got.MasterARN != "" {
				text += " under " + got.MasterARN
			}
			if err != nil {
				text = err.Error()
			} else if string(got.Password.Reveal()) != "pa ss" {
				t.Errorf("another password")
			}
			if text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
	if _, err := parse(secret.Binary([]byte(`{`+login+`}`)), someTraits, Config{}); err != errNotJSON {
		t.Errorf("binary: %v", err)
	}
}

func TestSameHost(t *testing.T) {
	a := Credential{Host: "db.example.com", Port: 5432}
	for _, c := range []struct {
		host string
		port int
		want bool
	}{{"db.example.com", 5432, true}, {"DB.Example.com", 5432, true}, {"db.example.com", 5433, false}, {"db2.example.com", 5432, false}, {"db.example.com.", 5432, false}} {
		if got := a.sameHost(Credential{Host: c.host, Port: c.port}); got != c.want {
			t.Errorf("%s:%d: %v", c.host, c.port, got)
		}
	}
	for _, c := range []struct {
		one, other string
		want       bool
	}{
		{"desk", "de\u017fk", false}, {"desk", "des\u212a", false}, // letters that are s and k in another case, outside ASCII
		{"::1", "0:0::0001", true}, {"10.0.0.1", "::ffff:10.0.0.1", true}, {"::1", "::2", false}, {"fe80::1%a", "fe80::1%b", false},
	} {
		if got := (Credential{Host: c.one}).sameHost(Credential{Host: c.other}); got != c.want {
			t.Errorf("%s and %s: %v", c.one, c.other, got)
		}
	}
}

// TestWithLogin wants everything else to stay as it was written.
func TestWithLogin(t *testing.T) {
	for _, c := range []struct{ name, from, want string }{
		{"order", `{"z":1,"password":"old","a":2,"username":"old","m":3}`, `{"z":1,"password":"n\"e\\w","a":2,"username":"app_clone","m":3}`},
		{"numbers", `{"password":"","a":1.0,"b":1e2,"c":12345678901234567890123,"d":-0,"e":0.10}`, `{"password":"n\"e\\w","a":1.0,"b":1e2,"c":12345678901234567890123,"d":-0,"e":0.10,"username":"app_clone"}`},
		{"nested", `{"deep":{"password":"stays","username":["stays",null,true,{}]},"password":"old"}`, `{"deep":{"password":"stays","username":["stays",null,true,{}]},"password":"n\"e\\w","username":"app_clone"}`},
		{"texts", `{"a":"<&>é\n名","password":"old","":"","Password":"stays"}`, `{"a":"<&>é\n名","password":"n\"e\\w","":"","Password":"stays","username":"app_clone"}`},
		{"another type", `{"password":null,"username":1}`, `{"password":"n\"e\\w","username":"app_clone"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := withLogin(secret.Text(c.from), Keys{}, "app_clone", `n"e\w`)
			if err != nil || string(got.Reveal()) != c.want || got.IsBinary() {
				t.Errorf("%v\ngot  %s\nwant %s", err, got.Reveal(), c.want)
			}
		})
	}
	for _, bad := range []string{``, `[]`, `{"a":`, `{"a":1,"a":2}`, `"text"`} {
		if got, err := withLogin(secret.Text(bad), Keys{}, "u", "p"); err != errNotJSON {
			t.Errorf("%s: %s, %v", bad, got.Reveal(), err)
		}
	}
}

// TestCredentialIsMute prints a credential in every way there is.
func TestCredentialIsMute(t *testing.T) {
	c, err := parse(secret.Text(`{`+login+`}`), someTraits, Config{})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("login", "credential", c, "pointer", &c)
	said := []string{string(encoded), log.String()}
	for _, verb := range strings.Split("%v %+v %#v %s %q %x %d %T", " ") {
		said = append(said, fmt.Sprintf(verb, c), fmt.Sprintf(verb, &c), fmt.Sprintf(verb, []any{c, struct{ c Credential }{c}}))
	}
	for _, text := range said {
		for _, form := range []string{"pa ss", "7061207373", "112 97 32", `0x70, 0x61`} {
			if strings.Contains(text, form) {
				t.Errorf("tells the password: %s", text)
			}
		}
	}
}
