package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TagResourceInput adds tags (secrets-manager.md, 2.14).
type TagResourceInput struct {
	SecretID *string `json:"SecretId"`
	Tags     []Tag   `json:"Tags"`
}

// Tag is a tag as a request gives it; without a Value it has an empty one.
type Tag struct {
	Key   *string `json:"Key"`
	Value *string `json:"Value"`
}

func readTags(given []Tag) []secret.Tag {
	out := make([]secret.Tag, len(given))
	for i, t := range given {
		out[i] = secret.Tag{Key: text(t.Key), Value: text(t.Value)}
	}
	return out
}

// UntagResourceInput removes tags by key.
type UntagResourceInput struct {
	SecretID *string  `json:"SecretId"`
	TagKeys  []string `json:"TagKeys"`
}

func (s *Service) tagResource(c *call, in *TagResourceInput) (*door.Nothing, error) {
	return s.changeTags(c, *in.SecretID, func(sec *secret.Secret, tx *store.Tx) error { return sec.Tag(readTags(in.Tags), tx.Now()) })
}

func (s *Service) untagResource(c *call, in *UntagResourceInput) (*door.Nothing, error) {
	return s.changeTags(c, *in.SecretID, func(sec *secret.Secret, tx *store.Tx) error {
		sec.Untag(in.TagKeys, tx.Now())
		return nil
	})
}

func (s *Service) changeTags(c *call, secretID string, change func(*secret.Secret, *store.Tx) error) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		sec, err := s.openFree(tx, c, secretID)
		if err != nil {
			return nil, err
		}
		if err := change(sec, tx); err != nil {
			return nil, err
		}
		// Tags that would cost the caller this very permission are refused (2.14).
		if err := c.may(c.Op.Action, targetOf(idOf(sec), sec, secretID)); err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.PutSecret(sec)
	})
}
