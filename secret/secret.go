// Package secret is the domain: what a secret is and every rule about its
// versions, labels, deletion and rotation. It knows no store, no wire and no
// clock; whoever calls it says what time it is.
//
// The label rules (secrets-manager.md, 2.0):
//
//   - A staging label sits on at most one version of a secret.
//   - Where AWSCURRENT moves, the version it left gets AWSPREVIOUS and loses
//     AWSPENDING; no other version keeps AWSPREVIOUS.
//   - A new AWSCURRENT value written while another version is AWSPENDING takes
//     AWSPENDING off: the rotation is abandoned.
//   - A version without labels is deprecated: readable by id, listed only when
//     asked for, the first to go when there are more than 100.
//
// Labels move in labels.go and nowhere else.
package secret

import (
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Secret is everything known of a secret but its values.
type Secret struct {
	Key         int64 // the store's key, zero until stored
	ARN         ARN
	Description string
	KeyID       string // the KMS key as given, "" for aws/secretsmanager
	Policy      string // the resource policy as it was given, "" for none
	Tags        []Tag  // nil: never tagged; empty: all tags removed
	Versions    []Version
	CreateToken string // the ClientRequestToken of its CreateSecret
	// OwningService is the service that manages the secret, "" for none. No
	// operation sets it: only services of AWS make such secrets. What a user may
	// not do to one is refused all the same (2.18).
	OwningService string
	Created       time.Time
	Changed       time.Time
	Accessed      time.Time // the UTC day of the last value read
	DeleteAt      time.Time // the end of the recovery window, zero while live
	Rotation      Rotation
	ReplicaOf     string // of a replica: the region of its primary
	Replicated    bool   // of a primary: it has replicas
}

// Version is one value of a secret, or the place of one that a rotation is making.
type Version struct {
	ID       string // the ClientRequestToken that made it
	Labels   []string
	KeyIDs   []string // the keys that open it, "" for aws/secretsmanager
	Created  time.Time
	Accessed time.Time // the UTC day of the last read
	HasValue bool      // false for the placeholder of a running rotation
	Sent     string    // the account, as a hash, where the value may be in force; "" when it is known not to be, or is AWSCURRENT
}

// New makes a secret without versions.
func New(arn ARN, now time.Time) *Secret {
	return &Secret{ARN: arn, Created: now, Changed: now}
}

// Name is the secret's name, unique in its account and region.
func (s *Secret) Name() string { return s.ARN.Name }

// Version finds a version by its id, nil when there is none. The pointer is
// good until a version is added.
func (s *Secret) Version(id string) *Version {
	for i := range s.Versions {
		if s.Versions[i].ID == id {
			return &s.Versions[i]
		}
	}
	return nil
}

// Touch records that something about the secret changed.
func (s *Secret) Touch(now time.Time) { s.Changed = now }

// ErrDeleted is the refusal of a secret that is scheduled for deletion.
var ErrDeleted = fault.New(fault.InvalidRequest,
	"You can't perform this operation on the secret because it was marked for deletion.")

// Live refuses a secret that is scheduled for deletion.
func (s *Secret) Live() error {
	if s.DeleteAt.IsZero() {
		return nil
	}
	return ErrDeleted
}

// Unmanaged refuses a change of a secret that another service manages
// (secrets-manager.md, 2.18).
func (s *Secret) Unmanaged() error {
	if s.OwningService == "" {
		return nil
	}
	return fault.New(fault.InvalidRequest,
		"This secret is managed by an AWS service, and you must use that service to update it.")
}
