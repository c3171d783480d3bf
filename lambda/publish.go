package lambda

import (
	"bytes"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// publish makes a version of $LATEST as it is, unless the last one is the same:
// then that is the answer (lambda.md, 2.5). A description, unless nil, is that of
// the version alone. Publishing is a change of $LATEST's revision, which the
// caller finds changed and saved.
func (s *Service) publish(c *call, tx *store.Tx, f *function.Function, latest *function.Version, description *string) (*function.Version, error) {
	last, err := s.unchanged(c, tx, f, latest)
	if err != nil || last != nil {
		return last, err
	}
	packed, err := s.packedEnvironment(c.Ctx, f, latest)
	if err != nil {
		return nil, err
	}
	f.LastVersion++
	v := *latest
	v.Number, v.Modified = f.LastVersion, tx.Now()
	v.Config = latest.Config.PublishedAs(description)
	v.Touch()
	if packed != nil {
		if err := s.setEnvironment(c.Ctx, tx, f, &v, packed); err != nil {
			return nil, err
		}
	}
	if err := tx.PutFunction(f); err != nil {
		return nil, err
	}
	latest.Touch()
	if err := tx.PutFunctionVersion(f, latest); err != nil {
		return nil, err
	}
	return &v, tx.PutFunctionVersion(f, &v)
}

// unchanged is the last published version, if $LATEST is still what it was made
// of; nil if there is none such.
func (s *Service) unchanged(c *call, tx *store.Tx, f *function.Function, latest *function.Version) (*function.Version, error) {
	last, err := tx.LastFunctionVersion(f)
	if err != nil || last == nil {
		return nil, err
	}
	same := last.Number == f.LastVersion && last.Code.SHA256 == latest.Code.SHA256 && last.Config.SameAs(latest.Config) && sameLayers(last, latest)
	if !same {
		return nil, nil
	}
	before, err := s.packedEnvironment(c.Ctx, f, last)
	if err != nil {
		return nil, err
	}
	now, err := s.packedEnvironment(c.Ctx, f, latest)
	if err != nil || !bytes.Equal(before, now) {
		return nil, err
	}
	return last, nil
}

func sameLayers(a, b *function.Version) bool {
	if len(a.Layers) != len(b.Layers) {
		return false
	}
	for i := range a.Layers {
		if a.Layers[i].ARN != b.Layers[i].ARN {
			return false
		}
	}
	return true
}
