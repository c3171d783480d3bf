// Package rotator is the built-in rotation functions, and what users write their
// own with. The four steps and both strategies are written once, here; an engine
// only teaches them its database.
//
// One's own function is an [Engine] with [SingleUser], or, where it is to make
// alternating users, one whose sessions are a [Cloner] with [AlternatingUsers]; or
// it is [Steps] with [New], where there is no account to log in to. The folders
// below have engines that can be used as they are. Package lambdafunction runs a
// function on AWS Lambda, package rotatortest tests it, and doc/functions.md tells
// the rest.
//
// A function has no privileged way to the secrets: it makes calls that AWS's
// templates could make, as a role, authorised and audited.
//
// What is promised to whoever runs it: the new password is in the store before
// the target hears of it; every step can be repeated at any time; a target that
// could not be reached is never taken for one that refused a password; no
// password is in an error or a note.
package rotator

import (
	"context"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// Secrets is what a rotation function asks of Secrets Manager. A version or
// value that is not there is a fault.NotFound.
type Secrets interface {
	DescribeSecret(ctx context.Context, id string) (Description, error)
	GetSecretValue(ctx context.Context, id, versionID, stage string) (secret.Value, error)
	PutSecretValue(ctx context.Context, id, token string, v secret.Value, stages []string) error
	UpdateSecretVersionStage(ctx context.Context, id, stage, moveTo, removeFrom string) error
	// ListSecretVersionIDs gives every version there still is, labelled or not, the
	// oldest first.
	ListSecretVersionIDs(ctx context.Context, id string) ([]string, error)
	GetRandomPassword(ctx context.Context, p PasswordPolicy) (string, error)
}

// Description is what a function needs of DescribeSecret.
type Description struct {
	RotationEnabled bool
	Stages          map[string][]string // version id -> labels
	Tags            map[string]string
}

// Connect makes the client of one invocation: its writes are tied to the event's
// RotationToken.
type Connect func(e contract.Event) Secrets

// Engine is what a kind of database, or of another service with accounts, must
// teach the functions.
type Engine interface {
	Traits() Traits
	// Login opens a session, or fails with a *LoginError. What an operator should
	// know of how it went is noted in the report.
	Login(ctx context.Context, c Credential, r *contract.Report) (Session, error)
}

// Hasher is an Engine whose target is told a hash of a password that takes a while
// to work out.
type Hasher interface {
	// Hashing begins that, and gives the engine whose sessions make use of it: a
	// login is mostly spent waiting. Wait is called when nobody needs it any more.
	Hashing(password secret.Value) (e Engine, wait func())
}

// Traits are what there is to know of an engine beforehand.
type Traits struct {
	Names     []string // what a secret's engine key may say, the first is named in errors
	AnyEngine bool     // the key is not looked at
	Port      int      // when the secret names none
	Database  string   // likewise
	Excluded  string   // characters that passwords do without by default
	MaxUser   int      // bytes in a user name; 0: the target says
	CloneMark string   // what tells the second of two alternating users from the first
	AsksRules bool     // whether its sessions are Rulers

	// Account gives one name for all that are one user's to the target, where the
	// names themselves tell; nil where each is another's. Users whom it takes for one
	// wait for each other and no more, so in doubt they are one.
	Account func(user string) string

	// Under these keys a value keeps what makes a login; the zero Keys are the usual.
	Keys Keys
}

// Keys are the keys of a secret's value; an empty one is called as its field is,
// in lower case.
type Keys struct{ Host, Username, Password string }

// Session is a login.
type Session interface {
	// SetPassword gives a user a password. When it returns nil the password is
	// in force; contract.ErrUnacceptable says that the target will never take it.
	SetPassword(ctx context.Context, user string, password secret.Value) error
	// Test runs the statement that the secret's owner wants to see succeed, in the
	// target's own language; a trifle when there is none.
	Test(ctx context.Context, statement string) error
	Close() error
}

// Overlapper is a Session of a target that may keep an account's old password in
// force beside the new one, so that nobody is refused while the label moves.
type Overlapper interface {
	// SetBeside gives a user a password, and leaves the old one in force until the
	// next time. When kept is false without an error, this server cannot, and
	// nothing was done.
	SetBeside(ctx context.Context, user string, password, old secret.Value) (kept bool, err error)
}

// Ruler is a Session of a target whose rules for passwords can be read.
type Ruler interface {
	// Rules gives what the target wants of the password of a user.
	Rules(ctx context.Context, user string) (Rules, error)
}

// Rules are what a target wants of a password: a policy is narrowed by them. Zero
// means that there is no such rule.
type Rules struct {
	MinLength, MaxLength int // characters
	EachType             bool
	Excluded             string // characters that it refuses
}

// Preparer is a Session that has to look and to reckon before it can change a
// password. Done beforehand, that is no part of the gap.
type Preparer interface {
	// Prepare is SetPassword up to the moment when the target is told, and gives
	// what tells it.
	Prepare(ctx context.Context, user string, password secret.Value) (set func(context.Context) error, err error)
}

// Cloner is a Session that can make a user like another: what alternating users
// need of an engine. From is the user in use, to is its turn next.
type Cloner interface {
	// Clone makes the user to where it is missing, brings the two level and gives
	// it a password. It refuses a user that exists and is not owned.
	Clone(ctx context.Context, from, to string, password secret.Value, owner Owner) error
	// Level sees to it that to may do what from may do, and no more.
	Level(ctx context.Context, from, to string) error
}

// Owner says whose second user it is, and what may be done to have it.
type Owner struct {
	SecretARN string
	// Known tells that the secret's own previous version has just logged in as the
	// user.
	Known bool
	// Adopt allows to take over a user that exists and was not made for the secret.
	Adopt bool
	// Existing forbids to make users: both of the pair were made by a person.
	Existing bool
}
