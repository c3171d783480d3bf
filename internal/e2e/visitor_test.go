package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestNobodyIsRefused has a client read a secret and log in with it without end,
// while it rotates by two users who take turns: no login is refused. make bench
// does the same two hundred times, and for a single user.
func TestNobodyIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(alternating)
	ctx, stop := context.WithCancel(t.Context())
	var visitor sync.WaitGroup
	t.Cleanup(visitor.Wait)
	t.Cleanup(stop)
	c, visits := s.Client(), 0
	visitor.Go(func() {
		for ; ctx.Err() == nil; visits++ {
			if err := r.visit(c); err != nil {
				t.Error(err)
				return
			}
		}
	})
	const rotations = 12
	for range rotations {
		r.Rotate()
		r.Succeeds()
	}
	stop()
	visitor.Wait()
	if visits < rotations {
		t.Errorf("%d visits in %d rotations show nothing", visits, rotations)
	}
}

// visit reads the secret and logs in. A login that is refused is one too many if
// the secret still says the same: a client that was asleep for two rotations has
// an old password.
func (r *rotating) visit(c *sdk.Client) error {
	ctx := r.s.t.Context()
	read := func() (l login, err error) {
		out, err := c.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: &r.Name})
		if err != nil {
			return l, err
		}
		err = json.Unmarshal([]byte(*out.SecretString), &l)
		return l, err
	}
	now, err := read()
	if err != nil {
		return err
	}
	refusal := database(r.s.t).CanLogin(ctx, now.User, now.Password, now.Database)
	if refusal == nil {
		return nil
	}
	if still, err := read(); err != nil || still != now {
		return err
	}
	return fmt.Errorf("AWSCURRENT, of %s, is refused: %w", now.User, refusal)
}
