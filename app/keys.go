package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// openRootKey reads the root key, or makes it when the store is a new one. A
// store whose root key is gone is not given another: nothing in it would open.
func openRootKey(c Config, newStore bool) (*keyring.Local, error) {
	path := c.rootKeyPath()
	root, err := keyring.OpenLocal(path)
	if errors.Is(err, os.ErrNotExist) {
		if !newStore {
			return nil, fmt.Errorf("root key %s is missing, and this store was made with one: put it back", path)
		}
		root, err = keyring.CreateLocal(path)
	}
	return root, err
}

// deploymentKey is the name of a key that belongs to the deployment: wrapped by
// the root key, it shows at every start that the root key is the right one, and
// seals what only has to be opened here.
const deploymentKey = "key"

// deployment seals what is given to clients to be brought back, each kind with a
// key of its own: a session token is worth more than a place in a listing.
type deployment struct{ pages, sessions cipher.AEAD }

// openDeployment unwraps the deployment's key, or makes it at the first start.
func openDeployment(ctx context.Context, st *store.Store, root keyring.Wrapper) (d deployment, err error) {
	wrapped, err := deploymentValue(ctx, st)
	if err != nil {
		return d, err
	}
	if wrapped == nil {
		if wrapped, err = makeDeployment(ctx, st, root); err != nil {
			return d, err
		}
	}
	key, err := root.Unwrap(ctx, wrapped, []byte(deploymentKey))
	if err != nil {
		return d, errors.New("wrong root key: this store was made with another one")
	}
	if d.pages, err = newAEAD(key); err != nil {
		return d, err
	}
	tokens, err := hkdf.Key(sha256.New, key, nil, "alberti session tokens v1", len(key))
	if err != nil {
		return d, err
	}
	d.sessions, err = newAEAD(tokens)
	return d, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func deploymentValue(ctx context.Context, st *store.Store) (wrapped []byte, err error) {
	err = st.View(ctx, func(tx *store.Tx) error {
		wrapped, err = tx.Deployment(deploymentKey)
		return err
	})
	return wrapped, err
}

func makeDeployment(ctx context.Context, st *store.Store, root keyring.Wrapper) (wrapped []byte, err error) {
	key := make([]byte, 32)
	rand.Read(key)
	mine, err := root.Wrap(ctx, key, []byte(deploymentKey))
	if err != nil {
		return nil, err
	}
	err = st.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetDeployment(deploymentKey, mine); err != nil {
			return err
		}
		wrapped, err = tx.Deployment(deploymentKey) // another server may have been faster
		return err
	})
	return wrapped, err
}

// rootKey is the root user's access key.
type rootKey struct {
	id     string
	secret Secret
}

const rootAccessKeyID = "root access key"

func accessKeyAAD(id string) []byte { return []byte("alberti access key v1\n" + id) }

// openRootAccess finds the root user's access key, or makes it at the first start.
func openRootAccess(ctx context.Context, c Config, st *store.Store, root keyring.Wrapper) (rootKey, error) {
	var key rootKey
	var wrapped []byte
	err := st.Update(ctx, func(tx *store.Tx) error {
		id, err := tx.Deployment(rootAccessKeyID)
		if err == nil && id == nil {
			id, err = makeRootAccess(ctx, c, tx, root)
		}
		if err != nil {
			return err
		}
		key.id = string(id)
		_, wrapped, err = tx.AccessKey(key.id)
		return err
	})
	if err != nil {
		return rootKey{}, err
	}
	text, err := root.Unwrap(ctx, wrapped, accessKeyAAD(key.id))
	key.secret = Secret(text)
	return key, err
}

func makeRootAccess(ctx context.Context, c Config, tx *store.Tx, root keyring.Wrapper) ([]byte, error) {
	id, text := c.RootAccessKeyID, string(c.RootSecretAccessKey)
	if id == "" {
		id, text = iam.NewAccessKey(iam.LongTerm)
	}
	wrapped, err := root.Wrap(ctx, []byte(text), accessKeyAAD(id))
	if err != nil {
		return nil, err
	}
	if err := tx.PutAccessKey(id, Account, wrapped); err != nil {
		return nil, err
	}
	return []byte(id), tx.SetDeployment(rootAccessKeyID, []byte(id))
}
