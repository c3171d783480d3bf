package rotator

import "github.com/alberti-dev/alberti/secret"

// Credential reads a value as a login at a target, for Steps of an engine's own.
// Its password is kept out of errors and notes.
func (r *Run) Credential(v secret.Value, t Traits) (Credential, error) {
	return accounts{traits: t}.parse(r, v)
}
