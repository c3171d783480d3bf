package rotator

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
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
	members, err := object(c.value)
	if err != nil {
		return ""
	}
	return text(members, key)
}

// object takes a value apart. Its error is without the parser's words, which may
// quote the value.
func object(v secret.Value) (map[string]jsontext.Value, error) {
	var members map[string]jsontext.Value
	if v.IsBinary() || json.Unmarshal(v.Reveal(), &members) != nil || members == nil {
		return nil, errNotJSON
	}
	return members, nil
}

func text(members map[string]jsontext.Value, key string) string {
	var s string
	if json.Unmarshal(members[key], &s) != nil {
		return ""
	}
	return s
}

var errNotJSON = errors.New("the secret's value is not a JSON object")

// parse reads a credential and fills in what the engine takes for granted.
func parse(v secret.Value, traits Traits, config Config) (Credential, error) {
	members, err := object(v)
	if err != nil {
		return Credential{}, err
	}
	if engine := text(members, "engine"); !traits.AnyEngine && !slices.Contains(traits.Names, engine) {
		return Credential{}, fmt.Errorf("Database engine must be set to '%s' in order to use this rotation lambda", traits.Names[0])
	}
	keys := traits.Keys.named()
	for _, key := range []string{keys.Host, keys.Username, keys.Password} {
		if text(members, key) == "" {
			return Credential{}, fmt.Errorf("%s key is missing from secret JSON", key)
		}
	}
	c := Credential{
		Host: text(members, keys.Host), Port: traits.Port,
		Username: text(members, keys.Username), Password: secret.Text(text(members, keys.Password)),
		Database: text(members, "dbname"), TLS: tlsMode(members["ssl"], config.TLS), MasterARN: text(members, "masterarn"),
		value: v, roots: config.Roots,
	}
	if c.Database == "" {
		c.Database = traits.Database
	}
	c.Port, err = portOf(members, "port", traits.Port)
	return c, err
}

// PortAt gives a port that the value has under another key, or else the one that
// is taken for granted.
func (c Credential) PortAt(key string, absent int) (int, error) {
	members, err := object(c.value)
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

// sameHost compares where two credentials point to: host, in any case, and port.
func (c Credential) sameHost(d Credential) bool {
	return strings.EqualFold(c.Host, d.Host) && c.Port == d.Port
}

// Address is where the credential points to, host and port.
func (c Credential) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// withLogin gives the value with another username and password. All else stays
// as it was written: order, numbers, unknown keys.
func withLogin(v secret.Value, k Keys, username, password string) (secret.Value, error) {
	k = k.named()
	replace := map[string]string{k.Username: username, k.Password: password}
	in := jsontext.NewDecoder(bytes.NewReader(v.Reveal()))
	var out bytes.Buffer
	to := jsontext.NewEncoder(&out)
	if err := copyObject(in, to, replace); err != nil {
		return secret.Value{}, errNotJSON
	}
	return secret.Text(strings.TrimSuffix(out.String(), "\n")), nil
}

func copyObject(in *jsontext.Decoder, to *jsontext.Encoder, replace map[string]string) error {
	begin, err := in.ReadToken()
	if err != nil {
		return err
	}
	if err := to.WriteToken(begin); err != nil {
		return err
	}
	for in.PeekKind() == '"' {
		name, err := in.ReadToken()
		if err != nil {
			return err
		}
		key := name.String()
		if err := to.WriteToken(jsontext.String(key)); err != nil {
			return err
		}
		value, err := in.ReadValue()
		if err != nil {
			return err
		}
		if text, ok := replace[key]; ok {
			err = to.WriteToken(jsontext.String(text))
		} else {
			err = to.WriteValue(value)
		}
		if err != nil {
			return err
		}
	}
	return to.WriteToken(jsontext.EndObject)
}
