package rotator

import (
	"fmt"
	"strconv"
	"strings"
)

// PasswordPolicy says what new passwords are made of: what is asked of
// GetRandomPassword.
type PasswordPolicy struct {
	Length                  int    // characters
	ExcludeCharacters       string // none of these
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	ExcludeLowercase        bool
	RequireEachIncludedType bool

	// EngineExcludes adds the characters that the engine does without; it is off
	// once ExcludeCharacters was chosen.
	EngineExcludes bool
}

// DefaultPasswords is 32 characters of every kind, without those that trouble
// the engine (rotation-functions.md, 1.9).
func DefaultPasswords() PasswordPolicy {
	return PasswordPolicy{Length: 32, RequireEachIncludedType: true, EngineExcludes: true}
}

// PolicyFromEnv reads the policy from variables under the names of AWS's
// templates: PASSWORD_LENGTH, EXCLUDE_CHARACTERS and so on.
func PolicyFromEnv(lookup func(string) (string, bool)) (PasswordPolicy, error) {
	p := DefaultPasswords()
	if text, ok := lookup("EXCLUDE_CHARACTERS"); ok {
		p.ExcludeCharacters, p.EngineExcludes = text, false
	}
	if text, ok := lookup("PASSWORD_LENGTH"); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 4 || n > 4096 {
			return p, fmt.Errorf("PASSWORD_LENGTH=%q is not a number from 4 to 4096", text)
		}
		p.Length = n
	}
	for name, field := range map[string]*bool{
		"EXCLUDE_NUMBERS":            &p.ExcludeNumbers,
		"EXCLUDE_PUNCTUATION":        &p.ExcludePunctuation,
		"EXCLUDE_UPPERCASE":          &p.ExcludeUppercase,
		"EXCLUDE_LOWERCASE":          &p.ExcludeLowercase,
		"REQUIRE_EACH_INCLUDED_TYPE": &p.RequireEachIncludedType,
	} {
		if text, ok := lookup(name); ok {
			*field = isTrue(text)
		}
	}
	return p, nil
}

// isTrue reads a truth as the templates do.
func isTrue(text string) bool {
	switch strings.ToLower(text) {
	case "true", "1", "y", "yes":
		return true
	}
	return false
}

// without is the policy for a target that does without some characters.
func (p PasswordPolicy) without(excluded string) PasswordPolicy {
	if p.EngineExcludes {
		p.ExcludeCharacters += excluded
	}
	return p
}
