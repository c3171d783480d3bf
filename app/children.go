package app

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/secretsmanager"
)

// parentKey is where the value of a secret names another whose rotation may write
// it, as a keytab names the password that it is made of.
const parentKey = "parentSecretArn"

// writing is the client for a write to a secret. Its role may write the children
// of the rotated secret, too: those that name it themselves, in their AWSCURRENT.
// That the rotated secret names them is not enough: else whoever may write it
// could have any secret of the account overwritten (rotation-functions.md, 16.9).
func (c client) writing(ctx context.Context, id string) (client, error) {
	rotated := c.from.Caller.RotationOf
	if id == rotated {
		return c, nil
	}
	out, err := call[secretsmanager.GetSecretValueOutput](ctx, c, "GetSecretValue", &secretsmanager.GetSecretValueInput{SecretID: &id})
	if err != nil {
		return c, err
	}
	var child map[string]any
	if json.Unmarshal([]byte(out.SecretString.Reveal()), &child) != nil || child[parentKey] != rotated {
		return c, nil // its policies refuse the write
	}
	more := functionPolicy(out.ARN, rotated)
	c.from.Caller.Policies = append(slices.Clone(c.from.Caller.Policies), more)
	return c, nil
}
