package value

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// random makes random strings. A value that is an object says under rotate which
// of its keys is to be random, password by default; under length how long, under
// exclude without which characters, and under format whether it is rather so many
// random bytes in hex, base64 or base64url. A value that is no object is replaced
// as a whole.
type random struct{}

const (
	maxLength    = 4096
	defaultBytes = 32
)

// Create implements rotator.Steps.
func (random) Create(ctx context.Context, r *rotator.Run) (secret.Value, error) {
	current, err := r.Current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	o, key, err := randomOptions(current)
	if err != nil {
		return secret.Value{}, err
	}
	text, err := newText(ctx, r, o)
	if err != nil {
		return secret.Value{}, err
	}
	r.Saw(text)
	if o == nil {
		return secret.Text(text), nil
	}
	return rotator.With(current, rotator.TextMember(key, text))
}

func newText(ctx context.Context, r *rotator.Run, o options) (string, error) {
	p := r.PasswordPolicy()
	absent := p.Length
	encode, coded := encodings[o.text("format")]
	if coded {
		absent = defaultBytes
	} else if format := o.text("format"); format != "" {
		return "", fmt.Errorf("the format key of the secret JSON is none of hex, base64 and base64url")
	}
	length, err := o.number("length", 4, maxLength, absent)
	if err != nil {
		return "", err
	}
	if coded {
		return encode(randomBytes(length)), nil
	}
	p.Length = length
	p.ExcludeCharacters += o.text("exclude")
	return r.Secrets.GetRandomPassword(ctx, p)
}

// randomOptions are the members of a value that is an object, with the key that
// is to be random; nil for another text. One that would be JSON and is not, or is
// a list, was not meant to be thrown away.
func randomOptions(v secret.Value) (o options, key string, err error) {
	text := strings.TrimSpace(string(v.Reveal()))
	if v.IsBinary() {
		return nil, "", errors.New("the secret's value is binary")
	}
	if text == "" || text[0] != '{' && text[0] != '[' {
		return nil, "", nil
	}
	if o, err = optionsOf(v); err != nil {
		return nil, "", err
	}
	if key = o.text("rotate"); key == "" {
		key = "password"
	}
	for _, option := range []string{"rotate", "length", "exclude", "format"} {
		if key == option {
			return nil, "", fmt.Errorf("the rotate key of the secret JSON names the option %s", option)
		}
	}
	return o, key, nil
}

// Set implements rotator.Steps: there is nobody to tell.
func (random) Set(context.Context, *rotator.Run) error { return nil }

// Test implements rotator.Steps.
func (random) Test(ctx context.Context, r *rotator.Run) error {
	pending, err := r.Pending(ctx)
	if err != nil {
		return err
	}
	o, key, err := randomOptions(pending)
	if err == nil && (o == nil && len(pending.Reveal()) == 0 || o != nil && o.text(key) == "") {
		err = errors.New("the pending value is empty")
	}
	return err
}
