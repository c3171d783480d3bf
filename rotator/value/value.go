// Package value rotates secrets that have no target: the value is all there is,
// and whoever uses it reads it anew. Random strings, SSH and TLS keys, and keys
// that sign tokens.
//
// What a new value is to be like stands in the value itself, beside what is made;
// all that is not made stays as it was written.
package value

import (
	"context"
	"crypto"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Functions are those for values without a target. AWS's generic template,
// SecretsManagerRotationTemplate, is not among them: it is there to be written to
// the end by its user, for a target, and to make a random string in its place
// would say that something was rotated that was not.
var Functions = rotator.Family{Functions: []rotator.Named{
	named("AlbertiRandomStringRotation", random{}),
	named("AlbertiSSHKeyPairRotation", object{sshKey{}}),
	named("AlbertiTLSKeyRotation", object{tlsKey{}}),
	named("AlbertiSigningKeyRotation", object{signingKey{}}),
}}

func named(name string, s rotator.Steps) rotator.Named {
	return rotator.Named{Name: name, Make: func(c rotator.Config) contract.Function { return rotator.New(c, s) }}
}

// maker makes the members of a value that is a JSON object.
type maker interface {
	// Make gives the members that are new.
	Make(o options) ([]rotator.Member, error)
	// Check uses what was made, as its users will.
	Check(o options) error
}

// object is the steps of a maker.
type object struct{ maker }

// Create implements rotator.Steps.
func (s object) Create(ctx context.Context, r *rotator.Run) (secret.Value, error) {
	current, err := r.Current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	o, err := optionsOf(current)
	if err != nil {
		return secret.Value{}, err
	}
	made, err := s.Make(o)
	if err != nil {
		return secret.Value{}, err
	}
	return rotator.With(current, made...)
}

// Set implements rotator.Steps: there is nobody to tell.
func (object) Set(context.Context, *rotator.Run) error { return nil }

// Test implements rotator.Steps.
func (s object) Test(ctx context.Context, r *rotator.Run) error {
	pending, err := r.Pending(ctx)
	if err != nil {
		return err
	}
	o, err := optionsOf(pending)
	if err != nil {
		return err
	}
	return s.Check(o)
}

// options are the members of a value.
type options map[string]jsontext.Value

func optionsOf(v secret.Value) (options, error) {
	members, err := rotator.Members(v)
	return members, err
}

func (o options) text(key string) string { return rotator.TextOf(o, key) }

// list is a list of texts, or one text of them with commas between.
func (o options) list(key string) ([]string, error) {
	v := o[key]
	if len(v) == 0 || v.Kind() == 'n' {
		return nil, nil
	}
	var items []string
	if v.Kind() == '"' {
		items = strings.FieldsFunc(o.text(key), func(r rune) bool { return r == ',' || r == ' ' })
		return items, nil
	}
	if json.Unmarshal(v, &items) != nil {
		return nil, fmt.Errorf("the %s key of the secret JSON is not a list of texts", key)
	}
	return items, nil
}

// number is a whole number, as a number or a text, from least to most; the
// default when there is none.
func (o options) number(key string, least, most, absent int) (int, error) {
	v := o[key]
	if len(v) == 0 || v.Kind() == 'n' {
		return absent, nil
	}
	n, err := strconv.Atoi(strings.Trim(string(v), `"`))
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("the %s key of the secret JSON is not a number from %d to %d", key, least, most)
	}
	return n, nil
}

// public is what every private key of the standard library can tell.
type public interface{ Public() crypto.PublicKey }

// encodings of random bytes, by the name that the format key gives them.
var encodings = map[string]func([]byte) string{
	"hex":    hex.EncodeToString,
	"base64": base64.StdEncoding.EncodeToString, "base64url": base64.RawURLEncoding.EncodeToString,
}

func randomBytes(n int) []byte {
	out := make([]byte, n)
	rand.Read(out)
	return out
}
