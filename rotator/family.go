package rotator

import "github.com/alberti-dev/alberti/rotation/contract"

// Family is the rotation functions of one kind of target. What a new engine adds
// to the program is one of these.
type Family struct {
	// Engines are what the engine key of a value says of such a target; none when
	// its values have no such key.
	Engines   []string
	Functions []Named
}

// Named is a rotation function under the name that users know it by: that of
// AWS's template where there is one.
type Named struct {
	Name     string
	Strategy Strategy
	Make     func(Config) contract.Function
}

// Strategy is what a function changes at its target.
type Strategy string

// The strategies; a function of neither makes values that have no user.
const (
	Single      Strategy = "single"
	Alternating Strategy = "alternating"
)

// FamilyOf is the functions of an engine under their names; one that is empty is
// a strategy that the engine does without.
func FamilyOf(e Engine, single, alternating string) Family {
	f := Family{Engines: e.Traits().Names}
	if single != "" {
		f.Functions = append(f.Functions, Named{single, Single, func(c Config) contract.Function { return SingleUser(e, c) }})
	}
	if alternating != "" {
		f.Functions = append(f.Functions, Named{alternating, Alternating, func(c Config) contract.Function { return AlternatingUsers(e, c) }})
	}
	return f
}
