package rotator

import (
	"fmt"
	"maps"
	"slices"
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

// With is the policy as variables under the names of AWS's templates change it:
// PASSWORD_LENGTH, EXCLUDE_CHARACTERS and so on. Each that lookup does not find
// stays as it was.
func (p PasswordPolicy) With(lookup func(string) (string, bool)) (PasswordPolicy, error) {
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
	for name, field := range p.truths() {
		if text, ok := lookup(name); ok {
			*field = isTrue(text)
		}
	}
	return p, nil
}

// truths are the options that are on or off.
func (p *PasswordPolicy) truths() map[string]*bool {
	return map[string]*bool{
		"EXCLUDE_NUMBERS":            &p.ExcludeNumbers,
		"EXCLUDE_PUNCTUATION":        &p.ExcludePunctuation,
		"EXCLUDE_UPPERCASE":          &p.ExcludeUppercase,
		"EXCLUDE_LOWERCASE":          &p.ExcludeLowercase,
		"REQUIRE_EACH_INCLUDED_TYPE": &p.RequireEachIncludedType,
	}
}

// PasswordOptions are the names that With looks up.
func PasswordOptions() []string {
	names := slices.Collect(maps.Keys((&PasswordPolicy{}).truths()))
	return append(names, "EXCLUDE_CHARACTERS", "PASSWORD_LENGTH")
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

// within is the policy as the rules of a target narrow it.
func (p PasswordPolicy) within(r Rules) PasswordPolicy {
	p.Length = max(p.Length, r.MinLength)
	if r.MaxLength > 0 {
		p.Length = min(p.Length, r.MaxLength)
	}
	p.RequireEachIncludedType = p.RequireEachIncludedType || r.EachType
	p.ExcludeCharacters += r.Excluded
	return p
}
