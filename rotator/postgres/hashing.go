package postgres

import (
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// hashing is the making of a verifier, begun before the login that will need it. How
// often a server wants a password hashed is known after that only; but few say
// otherwise than all have it.
type hashing struct {
	password secret.Value
	done     chan struct{}
	verifier string
	err      error
}

// Hashing implements rotator.Hasher.
func (Engine) Hashing(password secret.Value) (_ rotator.Engine, wait func()) {
	h, text, salt := &hashing{password: password, done: make(chan struct{})}, prepared(password), newSalt()
	go func() {
		defer close(h.done)
		h.verifier, h.err = scramWith(text, salt, defaultIterations)
	}()
	return Engine{h}, func() { <-h.done }
}

// is tells whether it is this that is hashed.
func (h *hashing) is(password secret.Value, iterations int) bool {
	return h != nil && iterations == defaultIterations && h.password.Equal(password)
}

func (h *hashing) result() (verifier string, err error) {
	<-h.done
	return h.verifier, h.err
}
