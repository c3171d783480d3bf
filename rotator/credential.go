package rotator

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/secret"
)

// Credential is a login as a secret's value describes it (secrets-manager.md, 4).
type Credential struct {
	Host      string
	Port      int
	Username  string
	Password  secret.Value
	Database  string
	TLS       TLSMode
	MasterARN string // the secret of the administrator, for alternating users

	value secret.Value // all of it
	roots *x509.CertPool
}

// Text gives what the value says under any other key; empty when there is no
// such key, or it is no text.
func (c Credential) Text(key string) string {
	members, err := Members(c.value)
	if err != nil {
		return ""
	}
	return TextOf(members, key)
}

// ParseCredential reads a credential for an engine, as its functions do.
func ParseCredential(v secret.Value, traits Traits) (Credential, error) {
	return parse(v, traits, Config{})
}

// parse reads a credential and fills in what the engine takes for granted.
func parse(v secret.Value, traits Traits, config Config) (Credential, error) {
	members, err := Members(v)
	if err != nil {
		return Credential{}, err
	}
	if engine := TextOf(members, "engine"); !traits.AnyEngine && !slices.Contains(traits.Names, engine) {
		return Credential{}, fmt.Errorf("Database engine must be set to '%s' in order to use this rotation lambda", traits.Names[0])
	}
	keys := traits.Keys.named()
	for _, key := range []string{keys.Host, keys.Username, keys.Password} {
		if TextOf(members, key) == "" {
			return Credential{}, fmt.Errorf("%s key is missing from secret JSON", key)
		}
	}
	c := Credential{
		Host: TextOf(members, keys.Host), Port: traits.Port,
		Username: TextOf(members, keys.Username), Password: secret.Text(TextOf(members, keys.Password)),
		Database: TextOf(members, "dbname"), TLS: tlsMode(members["ssl"], config.TLS), MasterARN: masterOf(members),
		value: v, roots: config.Roots,
	}
	if c.Database == "" {
		c.Database = traits.Database
	}
	c.Port, err = portOf(members, "port", traits.Port)
	return c, err
}

// masterOf is the secret of the administrator that a value names: under masterarn,
// or adminSecretArn, as AWS's template for InfluxDB has it.
func masterOf(members map[string]jsontext.Value) string {
	return cmp.Or(TextOf(members, "masterarn"), TextOf(members, "adminSecretArn"))
}

// PortAt gives a port that the value has under another key, or else the one that
// is taken for granted.
func (c Credential) PortAt(key string, absent int) (int, error) {
	members, err := Members(c.value)
	if err != nil {
		return absent, nil // there is no value: the credential was not read from one
	}
	return portOf(members, key, absent)
}

func portOf(members map[string]jsontext.Value, key string, absent int) (int, error) {
	text := string(members[key])
	if text == "" || text == "null" || text == `""` {
		return absent, nil
	}
	port, err := strconv.Atoi(strings.Trim(text, `"`))
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("the %s key of the secret JSON is not a port number", key)
	}
	return port, nil
}

// named fills in the keys that are called as usual.
func (k Keys) named() Keys {
	return Keys{cmp.Or(k.Host, "host"), cmp.Or(k.Username, "username"), cmp.Or(k.Password, "password")}
}

// sameHost compares where two credentials point to.
func (c Credential) sameHost(d Credential) bool { return c.place().same(d.place()) }

// Address is where the credential points to, host and port.
func (c Credential) Address() string { return c.place().String() }

// withLogin gives the value with another username and password.
func withLogin(v secret.Value, k Keys, username, password string) (secret.Value, error) {
	k = k.named()
	return With(v, TextMember(k.Username, username), TextMember(k.Password, password))
}
