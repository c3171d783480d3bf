package app

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/sigv4"
	"github.com/alberti-dev/alberti/store"
)

// authenticator turns a signature into a caller.
type authenticator struct {
	store    *store.Store
	root     keyring.Wrapper
	verifier sigv4.Verifier
	logs     sigv4.Verifier // of requests to CloudWatch Logs, which are signed for it
	known    sync.Map       // access key id -> principal; keys cannot be changed or removed yet
}

type principal struct {
	account string
	key     sigv4.Key
}

func newAuthenticator(st *store.Store, root keyring.Wrapper, now func() time.Time) *authenticator {
	a := &authenticator{store: st, root: root}
	a.verifier = sigv4.Verifier{Now: now, Service: "secretsmanager", Lookup: a.lookup}
	a.logs = sigv4.Verifier{Now: now, Service: logs.SigningName, Lookup: a.lookup}
	return a
}

func (a *authenticator) authenticate(r *http.Request, body []byte) (iam.Caller, error) {
	verifier := &a.verifier
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), logs.Target+".") {
		verifier = &a.logs
	}
	c, err := verifier.Verify(r, body)
	if err != nil {
		return iam.Caller{}, err
	}
	p, err := a.principal(r.Context(), c.AccessKeyID)
	return iam.NewRoot(p.account, c.Region, c.AccessKeyID), err
}

func (a *authenticator) lookup(ctx context.Context, id string) (sigv4.Key, error) {
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
