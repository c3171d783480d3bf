package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// session is what is asked for, with what goes on from the caller's own session.
func (in *assumeRoleInput) session(caller iam.Caller) (session, error) {
	out := session{Name: *in.RoleSessionName, Policy: or(in.Policy, ""), SourceIdentity: or(in.SourceIdentity, "")}
	for _, p := range in.PolicyARNs {
		out.PolicyARNs = append(out.PolicyARNs, or(p.ARN, ""))
	}
	var err error
	if out.Tags, err = readTags(in.Tags, fault.InvalidParameter); err != nil {
		return out, err
	}
	for _, key := range in.TransitiveTagKeys {
		i := slices.IndexFunc(out.Tags, func(t iam.Tag) bool { return strings.EqualFold(t.Key, key) })
		if i < 0 {
			return out, fault.New(fault.InvalidParameter, "The specified transitive tag key must be included in the requested tags.")
		}
		out.Transitive = append(out.Transitive, out.Tags[i].Key) // by which the next session finds its value
	}
	if caller.Session == nil {
		return out, nil
	}
	return out, out.inherit(caller)
}

// inherit takes over what goes on from one session to those begun from it.
func (s *session) inherit(caller iam.Caller) error {
	from := caller.Session
	switch {
	case s.SourceIdentity == "":
		s.SourceIdentity = from.SourceIdentity
	case from.SourceIdentity != "" && from.SourceIdentity != s.SourceIdentity:
		return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: sts:SetSourceIdentity", caller.ARN)
	}
	for _, key := range from.Transitive {
		if slices.ContainsFunc(s.Tags, func(t iam.Tag) bool { return strings.EqualFold(t.Key, key) }) {
			return fault.New(fault.InvalidParameter, "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.")
		}
		s.Tags = append(s.Tags, iam.Tag{Key: key, Value: caller.Tags[key]})
		s.Transitive = append(s.Transitive, key)
	}
	return nil
}

// What session policies and session tags may take, in characters: each is counted
// as a part of its own limit, and both together as one percentage.
const (
	maxSessionPolicies = 2048
	maxSessionTags     = 4096
)

// packedSize is how much of what a token may hold is used, in percent; nil where
// neither policies nor tags were given. It refuses what is over the limit.
func packedSize(tx *store.Tx, of session, role *iam.Role) (*int64, error) {
	policies, tags := len(of.Policy), 0
	for _, arn := range of.PolicyARNs {
		p, err := attachable(tx, role.Account, arn)
		if err != nil {
			return nil, err
		}
		v, err := findVersion(tx, p, versionID(p.Default))
		if err != nil {
			return nil, err
		}
		policies += sizeOf(v.Document)
	}
	for _, t := range of.Tags {
		tags += len(t.Key) + len(t.Value)
	}
	if policies+tags == 0 {
		return nil, nil
	}
	percent := int64(1 + 99*policies/maxSessionPolicies + 99*tags/maxSessionTags)
	if percent > 100 {
		return nil, fault.New(fault.PackedPolicyTooLarge, "Packed policy consumes %d%% of allotted space, please use smaller policy.", percent)
	}
	return &percent, nil
}
