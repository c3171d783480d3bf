package oracle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner. Oracle commits each statement by itself, so
// the pending password comes last: cut off anywhere before, the user has another
// password, the next attempt's login is refused and all of this is done again, of
// which each part looks first. Until then the user is of no use to anybody: it is
// made with a password that nobody has, and cannot log in before it is level.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	if strings.Contains(from+to, `"`) {
		return errors.New("users who take turns have names without double quotes: a name with _CLONE could not be told from one in quotes")
	}
	if err := s.provide(ctx, from, to, owner); err != nil {
		return err
	}
	if err := s.Level(ctx, from, to); err != nil {
		return err
	}
	return s.SetPassword(ctx, to, password)
}

// provide makes the user to where it is missing, and refuses one that was there
// before and that neither the secret nor a mark calls one of the pair.
func (s *session) provide(ctx context.Context, from, to string, owner rotator.Owner) error {
	exists, err := s.text(ctx, "SELECT USERNAME FROM DBA_USERS WHERE USERNAME = :1", canonical(to))
	if err != nil {
		return fmt.Errorf("DBA_USERS: %w", err)
	}
	if exists == "" {
		if owner.Existing {
			return fmt.Errorf("user %q does not exist, and for this secret no user is made", to)
		}
		return s.create(ctx, from, to, owner)
	}
	if owner.Known || owner.Adopt || owner.Existing {
		return nil
	}
	for _, user := range []string{to, from} {
		if mark, err := s.markOf(ctx, user); err != nil || mark == markFor(owner) {
			return err
		}
	}
	empty, err := s.empty(ctx, to)
	if err != nil {
		return err
	}
	if !empty {
		return fmt.Errorf("user %q exists, and was not made for this secret: rename it, or allow the secret to adopt it", to)
	}
	return s.mark(ctx, to, owner) // an attempt that was cut off made it
}

// create makes a user under the profile of the one in use, and marks it.
func (s *session) create(ctx context.Context, from, to string, owner rotator.Owner) error {
	profile, err := s.text(ctx, "SELECT PROFILE FROM DBA_USERS WHERE USERNAME = :1", canonical(from))
	if err != nil {
		return err
	}
	if profile == "" {
		return fmt.Errorf("user %q does not exist", from)
	}
	nobodys := "aA1#" + rand.Text() // 30 characters of each type
	err = s.hidden(ctx, "CREATE USER "+name(canonical(to))+` IDENTIFIED BY "`+nobodys+`" PROFILE `+name(profile))
	if err != nil {
		return err
	}
	s.report.Note("made user %s", canonical(to))
	return s.mark(ctx, to, owner)
}

// synonym is a private synonym in the schema of a user that Alberti made, which
// leads nowhere: what it names tells the secret. Users have no comment.
const synonym = "ALBERTI$SECRET"

// markFor is what the synonym names: 30 bytes, as every version takes.
func markFor(o rotator.Owner) string {
	sum := sha256.Sum256([]byte(o.SecretARN))
	return "A$" + strings.ToUpper(hex.EncodeToString(sum[:14]))
}

func (s *session) mark(ctx context.Context, user string, o rotator.Owner) error {
	_, err := s.conn.ExecContext(ctx, "CREATE OR REPLACE SYNONYM "+name(canonical(user))+"."+name(synonym)+" FOR "+name("ALBERTI")+"."+name(markFor(o)))
	if err != nil {
		return fmt.Errorf("marking user %q as made here: %w", user, err)
	}
	return nil
}

func (s *session) markOf(ctx context.Context, user string) (string, error) {
	return s.text(ctx, "SELECT TABLE_NAME FROM DBA_SYNONYMS WHERE OWNER = :1 AND SYNONYM_NAME = :2", canonical(user), synonym)
}

// empty tells whether a user owns nothing and may do nothing, not even log in: it
// is of no use to anybody, and was made by an attempt that was cut off.
func (s *session) empty(ctx context.Context, user string) (bool, error) {
	has, err := s.text(ctx, `SELECT TO_CHAR((SELECT COUNT(*) FROM DBA_OBJECTS WHERE OWNER = :1) + (SELECT COUNT(*) FROM DBA_SYS_PRIVS WHERE GRANTEE = :2)
+ (SELECT COUNT(*) FROM DBA_ROLE_PRIVS WHERE GRANTEE = :3) + (SELECT COUNT(*) FROM DBA_TAB_PRIVS WHERE GRANTEE = :4)) FROM DUAL`,
		canonical(user), canonical(user), canonical(user), canonical(user))
	return has == "0", err
}
