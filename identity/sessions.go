package identity

import (
	"context"
	"crypto/cipher"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// SessionsConfig is what sessions work with; every field is needed.
type SessionsConfig struct {
	Store *store.Store
	Trail *audit.Trail
	// Tokens seals session tokens, and nothing else: who could make one could be
	// anybody. All servers of a deployment have the same.
	Tokens cipher.AEAD
	// Now is the real time, whatever a test clock says: clients go by their own.
	Now func() time.Time
}

// Sessions makes temporary credentials, and knows them again by their token. They
// are kept nowhere: all there is to know is in the token, but for what the role
// may do, which is read at each call, so that a change counts at once.
type Sessions struct {
	SessionsConfig
	documents policy.Cache
}

// NewSessions makes sessions.
func NewSessions(c SessionsConfig) *Sessions { return &Sessions{SessionsConfig: c} }

// errUnknown is the answer for every token that is not good, whatever is wrong.
func errUnknown(err error) error {
	return fault.Wrap(fault.UnrecognizedClient, err, "The security token included in the request is invalid.")
}

// Key gives the secret that belongs to a temporary access key and its token, and
// when both end; of the kind fault.UnrecognizedClient when the token is not one of
// ours, or another key's.
func (s *Sessions) Key(accessKeyID, token string) (secret string, expires time.Time, err error) {
	found, err := s.open(token)
	if err == nil && found.AccessKeyID != accessKeyID {
		err = errUnknown(fmt.Errorf("the token belongs to %s", found.AccessKeyID))
	}
	if err != nil {
		return "", time.Time{}, err
	}
	return found.Secret, found.expires(), nil
}

// Caller says who a session is that has been verified, with the policies of its
// role as they are now. A role that is gone, or was made anew under its name, has
// no sessions: fault.UnrecognizedClient.
func (s *Sessions) Caller(ctx context.Context, token, region string) (caller iam.Caller, err error) {
	found, err := s.open(token)
	if err != nil {
		return iam.Caller{}, err
	}
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		role, err := tx.RoleByID(found.RoleID)
		if err != nil {
			return err
		}
		if role == nil {
			return errUnknown(fmt.Errorf("role %s is gone", found.RoleID))
		}
		caller, err = s.caller(tx, found, role)
		return err
	})
	caller.Region = region
	return caller, err
}

func (s *Sessions) caller(tx *store.Tx, of session, role *iam.Role) (caller iam.Caller, err error) {
	caller = iam.Caller{
		Type: iam.AssumedRole, Account: role.Account, ARN: role.SessionARN(of.Name), Issuer: role.ARN(),
		PrincipalID: role.SessionID(of.Name), AccessKeyID: of.AccessKeyID, Tags: of.over(role.Tags),
		Session: &iam.Session{Issued: of.issued(), SourceIdentity: of.SourceIdentity, Transitive: of.Transitive},
	}
	if caller.Policies, err = s.rolePolicies(tx, role); err != nil {
		return caller, err
	}
	if role.Boundary != "" {
		if caller.Boundary, err = s.managed(tx, role.Account, role.Boundary); err != nil {
			return caller, damaged(role, err)
		}
	}
	caller.SessionPolicies, err = s.sessionPolicies(tx, of, role)
	return caller, err
}

// rolePolicies are the inline and the attached policies of a role.
func (s *Sessions) rolePolicies(tx *store.Tx, role *iam.Role) (out []*policy.Document, err error) {
	inline, err := tx.InlinePolicies(role.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range inline {
		d, err := s.documents.Read(p.Document, policy.Identity)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	attached, err := tx.Attached(role.ID)
	if err != nil {
		return nil, err
	}
	for _, arn := range attached {
		d, err := s.managed(tx, role.Account, arn)
		if err != nil {
			return nil, damaged(role, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// damaged is for a policy that a role has and that is not there. No operation
// leaves that behind, so it is no client's business what kind of error it is.
func damaged(role *iam.Role, err error) error { return fmt.Errorf("role %s: %v", role.ID, err) }

// sessionPolicies are those that cap one session. One that is gone since allows
// nothing.
func (s *Sessions) sessionPolicies(tx *store.Tx, of session, role *iam.Role) (out []*policy.Document, err error) {
	if of.Policy != "" {
		d, err := s.documents.Read(of.Policy, policy.Identity)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	for _, arn := range of.PolicyARNs {
		d, err := s.managed(tx, role.Account, arn)
		if fault.KindOf(err) == fault.NotFound {
			d, err = &policy.Document{}, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// managed reads the text in force of a managed policy.
func (s *Sessions) managed(tx *store.Tx, account, arn string) (*policy.Document, error) {
	p, err := policyOf(tx, account, arn)
	if err != nil {
		return nil, err
	}
	v, err := findVersion(tx, p, versionID(p.Default))
	if err != nil {
		return nil, err
	}
	return s.documents.Read(v.Document, policy.Identity)
}
