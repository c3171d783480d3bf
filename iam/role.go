package iam

import (
	"strings"
	"time"
)

// Tag is a key with a value. Keys are unique in any case, and keep theirs.
type Tag struct{ Key, Value string }

// Role is who acts in sessions and has no keys of its own (iam-kms.md, 3.3).
type Role struct {
	ID          string // AROA…, for good: another role of this name is another role
	Account     string
	Path        string // begins and ends with a slash
	Name        string // unique in the account, whatever its case and path
	Description string
	Trust       string        // the text of the policy that says who may assume it
	MaxSession  time.Duration // of its sessions; zero where it was not given
	Boundary    string        // the ARN of a policy, "" for none
	Tags        []Tag
	Created     time.Time
}

// DefaultMaxSession is how long sessions of a role may be that does not say.
const DefaultMaxSession = time.Hour

// LongestSession is how long a session of the role may be.
func (r *Role) LongestSession() time.Duration {
	if r.MaxSession == 0 {
		return DefaultMaxSession
	}
	return r.MaxSession
}

// ARN names the role, path included.
func (r *Role) ARN() string { return EntityARN(r.Account, "role", r.Path, r.Name) }

// SessionARN names a session of the role; there is no path in it.
func (r *Role) SessionARN(session string) string {
	return "arn:aws:sts::" + r.Account + ":assumed-role/" + r.Name + "/" + session
}

// SessionID is the principal id of a session of the role.
func (r *Role) SessionID(session string) string { return r.ID + ":" + session }

// InlinePolicy is a policy that belongs to one role, user or group.
type InlinePolicy struct{ Name, Document string }

// ManagedPolicy is a policy of its own, to be attached to any number of roles,
// users and groups (iam-kms.md, 3.3).
type ManagedPolicy struct {
	ID          string // ANPA…
	Account     string // "aws" for those of AWS
	Path        string
	Name        string
	Description string
	Default     int64 // the number of the version in force
	Last        int64 // of the version made last; numbers are never used again
	Tags        []Tag
	Created     time.Time
	Updated     time.Time // when its default version last changed
}

// ARN names the policy, path included.
func (p *ManagedPolicy) ARN() string { return EntityARN(p.Account, "policy", p.Path, p.Name) }

// PolicyVersion is one text of a managed policy.
type PolicyVersion struct {
	Number   int64
	Document string
	Created  time.Time
}

// EntityARN names something of IAM. Its kind is role or policy, its path begins
// and ends with a slash.
func EntityARN(account, kind, path, name string) string {
	return "arn:aws:iam::" + account + ":" + kind + path + name
}

// ParseARN reads the ARN of something of IAM: its kind, as in role, its account,
// path and name.
func ParseARN(arn string) (kind, account, path, name string, ok bool) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 || part[0] != "arn" || !strings.HasPrefix(part[1], "aws") || part[2] != "iam" || part[3] != "" {
		return "", "", "", "", false
	}
	first, last := strings.IndexByte(part[5], '/'), strings.LastIndexByte(part[5], '/')
	if first < 1 || last == len(part[5])-1 {
		return "", "", "", "", false
	}
	return part[5][:first], part[4], part[5][first : last+1], part[5][last+1:], true
}
