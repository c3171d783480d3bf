package keyring

import (
	"context"

	"github.com/google/uuid"
)

// ManagedKey is the alias of the key that a secret gets when none is named.
const ManagedKey = "alias/aws/secretsmanager"

// Keys is where KMS keys are kept: a transaction of the store.
type Keys interface {
	// KMSKey finds the key of an alias; an empty id when there is none.
	KMSKey(account, region, alias string) (id string, wrapped []byte, err error)
	// PutKMSKey keeps a key, unless the alias has one already.
	PutKMSKey(account, region, alias, id string, wrapped []byte) error
}

// Managed is aws/secretsmanager of an account and region, made when it is first
// needed (secrets-manager.md, 5.3).
func (r *Ring) Managed(ctx context.Context, keys Keys, account, region string) (Key, error) {
	return r.ManagedBy(ctx, keys, ManagedKey, account, region)
}

// ManagedBy is the key of an alias, as in alias/aws/lambda, of an account and
// region, made when it is first needed.
func (r *Ring) ManagedBy(ctx context.Context, keys Keys, alias, account, region string) (Key, error) {
	id, wrapped, err := keys.KMSKey(account, region, alias)
	if err != nil || id != "" {
		return Key{ID: id, Wrapped: wrapped}, err
	}
	made, err := r.Generate(ctx, uuid.NewString())
	if err != nil {
		return Key{}, err
	}
	if err := keys.PutKMSKey(account, region, alias, made.ID, made.Wrapped); err != nil {
		return Key{}, err
	}
	id, wrapped, err = keys.KMSKey(account, region, alias)
	return Key{ID: id, Wrapped: wrapped}, err
}
