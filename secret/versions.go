package secret

import (
	"slices"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

const (
	maxVersions = 100            // secrets-manager.md, 8
	youngest    = 24 * time.Hour // a younger version is never cleaned up (2.0)
)

// TokenInUse is the refusal of a ClientRequestToken that names another value.
func (s *Secret) TokenInUse(token string) error {
	return fault.New(fault.AlreadyExists, tokenInUse, token, s.ARN)
}

const tokenInUse = "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s."

// Put makes a version with a value, or gives the placeholder of that id its
// value, and attaches the labels; no labels mean AWSCURRENT. The caller has
// seen to it that no version of that id has a value. The answer names the
// versions that had to go for the new one to stay within 100.
func (s *Secret) Put(id string, labels []string, keyID string, now time.Time) (removed []string, err error) {
	if len(labels) == 0 {
		labels = []string{Current}
	}
	if len(s.Versions) == 0 && !slices.Contains(labels, Current) {
		labels = append(slices.Clone(labels), Current) // the first version is always current (2.0)
	}
	v := s.Version(id)
	if v == nil {
		s.Versions = append(s.Versions, Version{ID: id})
		v = &s.Versions[len(s.Versions)-1]
	}
	v.Created, v.HasValue, v.KeyIDs = now, true, []string{keyID}
	for _, l := range labels {
		if err := checkLabel(l); err != nil {
			return nil, err
		}
		s.attach(l, v)
	}
	if slices.Contains(labels, Current) {
		s.AbandonPending(id)
	}
	if err := s.checkLabelCount(); err != nil {
		return nil, err
	}
	s.Touch(now)
	return s.prune(now)
}

// AbandonPending takes AWSPENDING off every version but the one given: when
// somebody else decides what AWSCURRENT is, a rotation under way is over (2.0
// and 3.8).
func (s *Secret) AbandonPending(but string) {
	if p := s.Holder(Pending); p != nil && p.ID != but {
		p.drop(Pending)
	}
}

// prune brings the versions back to 100: unlabelled ones go, oldest first,
// never one younger than a day, nor one that may be in force at a target.
func (s *Secret) prune(now time.Time) (removed []string, err error) {
	for len(s.Versions) > maxVersions {
		oldest := -1
		for i, v := range s.Versions {
			if len(v.Labels) == 0 && v.Sent == "" && now.Sub(v.Created) >= youngest &&
				(oldest < 0 || v.Created.Before(s.Versions[oldest].Created)) {
				oldest = i
			}
		}
		if oldest < 0 {
			return nil, fault.New(fault.LimitExceeded,
				"Secret %s has %d versions, and none can be removed: each has a staging label or is younger than 24 hours.",
				s.ARN, maxVersions)
		}
		removed = append(removed, s.Versions[oldest].ID)
		s.Versions = slices.Delete(s.Versions, oldest, oldest+1)
	}
	return removed, nil
}
