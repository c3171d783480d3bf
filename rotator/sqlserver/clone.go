package sqlserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner. SQL Server commits each of the statements by
// itself. Cut off before the login is made, nothing has happened; after it, the
// login has the new password and lacks rights until the next attempt, whose
// login succeeds and who calls Level; a login that was there before is level
// before it gets the password.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	k, err := s.kindOf(ctx, from)
	if err != nil {
		return err
	}
	if k == contained {
		return s.cloneContained(ctx, from, to, password, owner)
	}
	exists, err := s.owned(ctx, from, to, owner)
	if err != nil {
		return err
	}
	if !exists {
		if err := s.createLogin(ctx, from, to, password, owner); err != nil {
			return err
		}
	}
	if err := s.levelLogins(ctx, from, to); err != nil || !exists {
		return err
	}
	return s.run(ctx, alter(login), password, sql.Named("user", to))
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	k, err := s.kindOf(ctx, from)
	if err != nil {
		return err
	}
	if k == contained {
		return s.levelUsers(ctx, from, to)
	}
	return s.levelLogins(ctx, from, to)
}

// sid is what tells a login that Alberti made for a secret from a stranger of the
// same name: logins have no comment and no extended property, but whoever makes
// one may choose its identifier. It is the same on every node of an availability
// group, as it must be for the users of the databases to find it.
func sid(o rotator.Owner, user string) []byte {
	sum := sha256.Sum256([]byte("alberti\x00" + o.SecretARN + "\x00" + user))
	return sum[:16]
}

// owned tells whether a login exists, and refuses one that neither the secret nor
// a mark calls one of the pair.
func (s *session) owned(ctx context.Context, from, to string, owner rotator.Owner) (exists bool, err error) {
	found, err := s.sidOf(ctx, to)
	if err != nil {
		return false, err
	}
	if found == nil {
		return false, mayMake(to, owner)
	}
	used, err := s.sidOf(ctx, from)
	if err != nil || owner.Known || owner.Adopt || owner.Existing ||
		bytes.Equal(found, sid(owner, to)) || bytes.Equal(used, sid(owner, from)) {
		return true, err
	}
	return false, stranger("login", to)
}

func mayMake(user string, o rotator.Owner) error {
	if o.Existing {
		return fmt.Errorf("%q does not exist, and for this secret no user is made", user)
	}
	return nil
}

func stranger(what, user string) error {
	return fmt.Errorf("%s %q exists, and was not made for this secret: rename it, or allow the secret to adopt it", what, user)
}

// sidOf gives the identifier of a login; nil when there is none.
func (s *session) sidOf(ctx context.Context, user string) (id []byte, err error) {
	var kind string
	err = s.conn.QueryRowContext(ctx, "SELECT sid, type FROM sys.server_principals WHERE name = @user", sql.Named("user", user)).Scan(&id, &kind)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("sys.server_principals: %w", err)
	case kind != "S":
		return nil, fmt.Errorf("%q is no login with a password", user)
	}
	return id, nil
}

// createLogin makes a login, under the same password policy as the one in use:
// another might not take the password.
func (s *session) createLogin(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	options, err := s.loginOptions(ctx, from)
	if err != nil {
		return err
	}
	err = s.run(ctx, create(login, ", SID = 0x"+hex.EncodeToString(sid(owner, to))+", "+options.policy()), password, sql.Named("user", to))
	if err == nil {
		s.report.Note("made login %s", to)
	}
	return err
}

// property is the extended property of a contained user that is our mark.
const property = "alberti"

// cloneContained is Clone for the users of a contained database.
func (s *session) cloneContained(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	exists, err := s.ownedContained(ctx, from, to, owner)
	if err != nil {
		return err
	}
	if !exists {
		err := s.run(ctx, createContained, password, sql.Named("user", to), sql.Named("property", property), sql.Named("secret", owner.SecretARN))
		if err != nil {
			return err
		}
		s.report.Note("made user %s", to)
	}
	if err := s.levelUsers(ctx, from, to); err != nil || !exists {
		return err
	}
	return s.run(ctx, alter(contained), password, sql.Named("user", to))
}

// ownedContained is owned for the users of a contained database.
func (s *session) ownedContained(ctx context.Context, from, to string, owner rotator.Owner) (exists bool, err error) {
	mark, exists, err := s.markOf(ctx, to)
	if err != nil {
		return false, err
	}
	if !exists {
		return false, mayMake(to, owner)
	}
	k, err := s.kindOf(ctx, to)
	if err != nil {
		return false, err
	}
	if k != contained {
		return false, fmt.Errorf("user %q is not one with a password of its own, as %q is", to, from)
	}
	used, _, err := s.markOf(ctx, from)
	if err != nil || owner.Known || owner.Adopt || owner.Existing || mark == owner.SecretARN || used == owner.SecretARN {
		return true, err
	}
	return false, stranger("user", to)
}

// markOf gives the mark of a database's user.
func (s *session) markOf(ctx context.Context, user string) (mark string, exists bool, err error) {
	err = s.conn.QueryRowContext(ctx, `SELECT COALESCE(CAST(e.value AS nvarchar(2048)), N'') FROM sys.database_principals u
LEFT JOIN sys.extended_properties e ON e.class = 4 AND e.major_id = u.principal_id AND e.name = @property
WHERE u.name = @user`, sql.Named("property", property), sql.Named("user", user)).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return mark, err == nil, err
}
