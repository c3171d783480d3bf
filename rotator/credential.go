package rotator

import (
	"bytes"
	"errors"
	"fmt"
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
}

// TLSMode is what a secret's ssl key asks for (rotation-functions.md, 1.8).
type TLSMode int

// The modes.
const (
	TLSPreferred TLSMode = iota // no ssl key: TLS, and plain if that fails
	TLSRequired
	TLSOff
)

var errNotJSON = errors.New("the secret's value is not a JSON object")

// parse reads a credential and fills in what the engine takes for granted.
func parse(v secret.Value, traits Traits) (Credential, error) {
	var members map[string]jsontext.Value
	if v.IsBinary() || json.Unmarshal(v.Reveal(), &members) != nil || members == nil {
		return Credential{}, errNotJSON // without the parser's words, which may quote the value
	}
	text := func(key string) string {
		var s string
		if json.Unmarshal(members[key], &s) != nil {
			return ""
		}
		return s
	}
	if engine := text("engine"); !slices.Contains(traits.Names, engine) {
		return Credential{}, fmt.Errorf("Database engine must be set to '%s' in order to use this rotation lambda", traits.Names[0])
	}
	for _, key := range []string{"host", "username", "password"} {
		if text(key) == "" {
			return Credential{}, fmt.Errorf("%s key is missing from secret JSON", key)
		}
	}
	c := Credential{
		Host: text("host"), Port: traits.Port, Username: text("username"), Password: secret.Text(text("password")),
		Database: text("dbname"), TLS: tlsMode(members["ssl"]), MasterARN: text("masterarn"),
	}
	if c.Database == "" {
		c.Database = traits.Database
	}
	if port := members["port"]; len(port) > 0 && string(port) != "null" && string(port) != `""` {
		var err error
		if c.Port, err = strconv.Atoi(strings.Trim(string(port), `"`)); err != nil || c.Port < 1 || c.Port > 65535 {
			return Credential{}, errors.New("the port key of the secret JSON is not a port number")
		}
	}
	return c, nil
}

// tlsMode reads the ssl key: true or "true", false or "false", anything else is
// as good as absent.
func tlsMode(v jsontext.Value) TLSMode {
	switch strings.ToLower(strings.Trim(string(v), `"`)) {
	case "true":
		return TLSRequired
	case "false":
		return TLSOff
	}
	return TLSPreferred
}

// sameHost compares where two credentials point to: host, in any case, and port.
func (c Credential) sameHost(d Credential) bool {
	return strings.EqualFold(c.Host, d.Host) && c.Port == d.Port
}

// address names where a credential points to.
func (c Credential) address() string { return c.Host + ":" + strconv.Itoa(c.Port) }

// withLogin gives the value with another username and password. All else stays
// as it was written: order, numbers, unknown keys.
func withLogin(v secret.Value, username, password string) (secret.Value, error) {
	replace := map[string]string{"username": username, "password": password}
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
