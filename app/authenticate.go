package app

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/sigv4"
	"github.com/alberti-dev/alberti/store"
)

// authenticator turns a signature into a caller.
type authenticator struct {
	store    *store.Store
	root     keyring.Wrapper
	sessions *identity.Sessions
	verifier sigv4.Verifier
	known    sync.Map // access key id -> principal; keys cannot be changed or removed yet
}

type principal struct {
	account string
	key     sigv4.Key
}

func newAuthenticator(st *store.Store, root keyring.Wrapper, sessions *identity.Sessions, now func() time.Time) *authenticator {
	a := &authenticator{store: st, root: root, sessions: sessions}
	a.verifier = sigv4.Verifier{Now: now, Lookup: a.lookup}
	return a
}

// to authenticates the requests to one service, named as in signatures.
func (a *authenticator) to(service string) func(*http.Request, []byte) (iam.Caller, error) {
	return func(r *http.Request, body []byte) (iam.Caller, error) { return a.authenticate(r, body, service) }
}

func (a *authenticator) authenticate(r *http.Request, body []byte, service string) (iam.Caller, error) {
	c, err := a.verifier.Verify(r, body, service)
	if err != nil {
		return iam.Caller{}, err
	}
	if token := r.Header[sigv4.TokenHeader]; len(token) > 0 && token[0] != "" {
		return a.sessions.Caller(r.Context(), token[0], c.Region)
	}
	p, err := a.principal(r.Context(), c.AccessKeyID)
	return iam.NewRoot(p.account, c.Region, c.AccessKeyID), err
}

// lookup finds a key: with a token that of a session, which is in the token.
func (a *authenticator) lookup(ctx context.Context, id, token string) (key sigv4.Key, err error) {
	if token != "" {
		key.Token = token
		key.Secret, key.Expires, err = a.sessions.Key(id, token)
		return key, err
	}
	p, err := a.principal(ctx, id)
	return p.key, err
}

func (a *authenticator) principal(ctx context.Context, id string) (principal, error) {
	if p, ok := a.known.Load(id); ok {
		return p.(principal), nil
	}
	var p principal
	var wrapped []byte
	err := a.store.View(ctx, func(tx *store.Tx) (err error) {
		p.account, wrapped, err = tx.AccessKey(id)
		return err
	})
	if err != nil {
		return p, err
	}
	if p.account == "" {
		return p, fault.New(fault.UnrecognizedClient, "The security token included in the request is invalid.")
	}
	text, err := a.root.Unwrap(ctx, wrapped, accessKeyAAD(id))
	if err != nil {
		return p, err
	}
	p.key.Secret = string(text)
	a.known.Store(id, p)
	return p, nil
}
