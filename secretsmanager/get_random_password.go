package secretsmanager

import (
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// GetRandomPasswordInput asks for a password (secrets-manager.md, 2.12).
type GetRandomPasswordInput struct {
	PasswordLength          *int64  `json:"PasswordLength"`
	ExcludeCharacters       *string `json:"ExcludeCharacters"`
	ExcludeNumbers          bool    `json:"ExcludeNumbers"`
	ExcludePunctuation      bool    `json:"ExcludePunctuation"`
	ExcludeUppercase        bool    `json:"ExcludeUppercase"`
	ExcludeLowercase        bool    `json:"ExcludeLowercase"`
	IncludeSpace            bool    `json:"IncludeSpace"`
	RequireEachIncludedType *bool   `json:"RequireEachIncludedType"`
}

// GetRandomPasswordOutput is the password.
type GetRandomPasswordOutput struct {
	RandomPassword awsjson.Sensitive `json:"RandomPassword"`
}

func (s *Service) getRandomPassword(c *call, in *GetRandomPasswordInput) (*GetRandomPasswordOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	length := 32
	if in.PasswordLength != nil {
		length = int(*in.PasswordLength)
	}
	classes := in.classes()
	all := strings.Join(classes, "")
	requireEach := in.RequireEachIncludedType == nil || *in.RequireEachIncludedType
	switch {
	case all == "":
		return nil, fault.New(fault.InvalidParameter, "All characters are excluded, so there is none left for a password.")
	case requireEach && length < len(classes):
		return nil, fault.New(fault.InvalidParameter, "Password length is too short based on the required types.")
	}
	password := make([]byte, 0, length)
	if requireEach {
		for _, class := range classes {
			password = append(password, draw(class))
		}
	}
	for len(password) < length {
		password = append(password, draw(all))
	}
	shuffle(password)
	return &GetRandomPasswordOutput{RandomPassword: awsjson.NewSensitive(string(password))}, nil
}

// classes gives the characters of each class that is wanted and not excluded
// to the last; a class without characters is not required either.
func (in *GetRandomPasswordInput) classes() (out []string) {
	for _, class := range []struct {
		leftOut    bool
		characters string
	}{
		{in.ExcludeLowercase, "abcdefghijklmnopqrstuvwxyz"},
		{in.ExcludeUppercase, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{in.ExcludeNumbers, "0123456789"},
		{in.ExcludePunctuation, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"},
		{!in.IncludeSpace, " "},
	} {
		left := strings.Map(func(r rune) rune {
			if class.leftOut || strings.ContainsRune(text(in.ExcludeCharacters), r) {
				return -1
			}
			return r
		}, class.characters)
		if left != "" {
			out = append(out, left)
		}
	}
	return out
}

func draw(from string) byte { return from[below(len(from))] }

func shuffle(b []byte) {
	for i := len(b) - 1; i > 0; i-- {
		j := below(i + 1)
		b[i], b[j] = b[j], b[i]
	}
}

// below draws uniformly from 0 to n-1.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return int(i.Int64())
}
