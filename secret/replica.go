package secret

import (
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// ReplicaStatus is how the copying to a region stands (secrets-manager.md, 2.15).
type ReplicaStatus string

// The states of a replica, spelt as the wire spells them.
const (
	ReplicaInProgress ReplicaStatus = "InProgress"
	ReplicaInSync     ReplicaStatus = "InSync"
	ReplicaFailed     ReplicaStatus = "Failed"
)

// Replica is the wish that a secret be copied to another region, and how far
// that is. The copy itself is a secret of that region (ReplicaOf).
type Replica struct {
	Primary     int64 // the store's key of the secret that is copied
	Region      string
	KeyID       string // the KMS key there, "" for aws/secretsmanager
	Overwrite   bool   // another secret of that name gives way, once
	Status      ReplicaStatus
	Message     string
	Failures    int       // since the last success
	NextAttempt time.Time // when to copy, zero while there is nothing to copy
	Accessed    time.Time // the UTC day of the last read of a value there
}

// NewReplica asks for a copy of a secret in another region, now. Asked again it
// starts anew, which is how a person retries a refused one.
func NewReplica(primary *Secret, region, keyID string, overwrite bool, now time.Time) *Replica {
	return &Replica{
		Primary: primary.Key, Region: region, KeyID: keyID, Overwrite: overwrite, Status: ReplicaInProgress, NextAttempt: now,
	}
}

// Due tells whether there is something to copy by now.
func (r *Replica) Due(now time.Time) bool {
	return !r.NextAttempt.IsZero() && !r.NextAttempt.After(now)
}

// Succeed records that the copy is equal to its primary. What it was allowed to
// overwrite it was allowed once.
func (r *Replica) Succeed() {
	r.Status, r.Message, r.Overwrite = ReplicaInSync, "Replication succeeded", false
	r.Failures, r.NextAttempt = 0, time.Time{}
}

// Refuse records a failure that another attempt would not mend: a person has to
// ask again.
func (r *Replica) Refuse(reason string) {
	r.Status, r.Message, r.NextAttempt = ReplicaFailed, "Replication failed: "+reason, time.Time{}
}

// Retry records a failure and plans the next attempt, after a pause that grows
// as that of rotations does. jitter is from [0,1).
func (r *Replica) Retry(reason string, first time.Duration, jitter float64, now time.Time) {
	r.Refuse(reason)
	r.Failures++
	r.NextAttempt = now.Add(pause(r.Failures, first, jitter))
}

// Yields tells why a secret that has the replica's name in its region does not
// give way to it, "" when it does. A secret that is replicated never does: its
// own replicas, or its primary, would be left without it.
func (r *Replica) Yields(found *Secret) string {
	switch {
	case found.PrimaryRegion() != "":
		return "Secret name " + found.Name() + " in region " + r.Region + " is replicated itself."
	case !r.Overwrite:
		return "Secret name " + found.Name() + " already exists in region " + r.Region + "."
	}
	return ""
}

// ErrReplica is the refusal of a change that only the primary takes (2.0,
// replica restrictions).
var ErrReplica = fault.New(fault.InvalidParameter,
	"Operation not permitted on a replica secret. Call must be made in primary secret's region.")

// ErrReplicaRegion is the refusal of a region that a secret cannot be copied to.
var ErrReplicaRegion = fault.New(fault.InvalidParameter, "Invalid replica region.")

// CheckReplicaRegions refuses the secret's own region, and a region given twice.
func (s *Secret) CheckReplicaRegions(regions []string) error {
	for i, region := range regions {
		if region == "" || region == s.ARN.Region {
			return ErrReplicaRegion
		}
		if slices.Contains(regions[:i], region) {
			return fault.New(fault.InvalidParameter, "Invalid replica region. Region %s is given more than once.", region)
		}
	}
	return nil
}

// StillReplicated refuses to delete a primary before its replicas (2.10).
func (s *Secret) StillReplicated(replicas []*Replica) error {
	if len(replicas) == 0 {
		return nil
	}
	var regions []string
	for _, r := range replicas {
		regions = append(regions, r.Region)
	}
	return fault.New(fault.InvalidParameter,
		"You can't delete secret %s that still has replica regions [%s].", s.ARN, strings.Join(regions, ", "))
}

// IsReplica tells whether the secret follows one of another region.
func (s *Secret) IsReplica() bool { return s.ReplicaOf != "" }

// PrimaryRegion is where the original of a replicated secret is, "" for a secret
// that is not replicated.
func (s *Secret) PrimaryRegion() string {
	if s.Replicated {
		return s.ARN.Region
	}
	return s.ReplicaOf
}

// ReplicaIn makes the replica of a secret for a region. It has the suffix of its
// primary (2.0), and nothing else yet: Follow fills it.
func (s *Secret) ReplicaIn(region, keyID string, now time.Time) *Secret {
	arn := s.ARN
	arn.Region = region
	r := New(arn, now)
	r.KeyID, r.ReplicaOf = keyID, s.ARN.Region
	return r
}

// Follows tells whether a secret is a replica of this primary.
func (s *Secret) Follows(primary *Secret) bool {
	of := primary.ARN
	of.Region = s.ARN.Region
	return s.ReplicaOf == primary.ARN.Region && s.ARN == of
}

// Follow makes a replica equal to its primary in all that is copied, which is
// listed here and nowhere else. Its key, its dates of access and the rest of its
// rotation are its own. It names the versions whose values are still to come.
func (s *Secret) Follow(primary *Secret) (missing []string) {
	s.Description = primary.Description
	s.Tags = slices.Clone(primary.Tags)
	s.Policy = primary.Policy
	if primary.Changed.After(s.Changed) { // its key may have changed since
		s.Changed = primary.Changed
	}
	s.Rotation.LastRotated = primary.Rotation.LastRotated
	s.Versions, missing = s.following(primary)
	return missing
}

// following are the replica's versions. A placeholder of a rotation stays away
// with its labels until it has a value: no label of a replica is on a version
// that cannot be read. A version of another date is another one under an old id.
func (s *Secret) following(primary *Secret) (versions []Version, missing []string) {
	for _, v := range primary.Versions {
		if !v.HasValue {
			continue
		}
		copied := Version{ID: v.ID, Labels: slices.Clone(v.Labels), Created: v.Created, HasValue: true, KeyIDs: []string{s.KeyID}}
		if have := s.Version(v.ID); have != nil && have.HasValue && have.Created.Equal(v.Created) {
			copied.KeyIDs, copied.Accessed = have.KeyIDs, have.Accessed
		} else {
			missing = append(missing, v.ID)
		}
		versions = append(versions, copied)
	}
	return versions, missing
}

// Promote makes a replica a secret that stands alone, under the ARN that it has
// (2.15).
func (s *Secret) Promote(now time.Time) error {
	if !s.IsReplica() {
		return fault.New(fault.InvalidParameter, "Secret %s is not a replica: there is no replication to stop.", s.ARN)
	}
	s.ReplicaOf = ""
	s.Touch(now)
	return nil
}
