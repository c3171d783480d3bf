// Package redshift teaches the rotation functions Amazon Redshift: PostgreSQL's
// protocol, statements of its own.
//
// A password reaches the server as an md5 hash that is computed here. Redshift
// takes sha256 digests as well, but asks users who have one to log in by a method
// that only its own drivers know, and would shut out every client of PostgreSQL's
// protocol, this one first.
package redshift

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is Amazon Redshift, clusters and serverless.
type Engine struct{}

var traits = rotator.Traits{
	Names:     []string{"redshift"},
	Port:      5439,
	Database:  "dev",
	Excluded:  excluded,
	MaxUser:   127,
	CloneMark: "_clone",
	AsksRules: true,
	// Names are folded, quoted ones too, unless enable_case_sensitive_identifier is on.
	Account: strings.ToLower,
}

// excluded are the printable characters that Redshift takes in no password, and
// the colon, which AWS's template leaves out.
const excluded = "/@\"'\\:"

// Functions are Redshift's, under the names of AWS's templates.
var Functions = rotator.FamilyOf(Engine{},
	"SecretsManagerRedshiftRotationSingleUser", "SecretsManagerRedshiftRotationMultiUser")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return pgwire.Login(ctx, c, r, func(conn *pgx.Conn) rotator.Session { return &session{conn, r} })
}

// session is a login.
type session struct {
	conn   *pgx.Conn
	report *contract.Report
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context, statement string) error {
	return pgwire.Test(ctx, s.conn, statement)
}

// Close implements rotator.Session.
func (s *session) Close() error { return pgwire.Close(s.conn) }

// SetPassword implements rotator.Session. Redshift looks at clear text for its
// rules and not at a hash, so they are looked at here.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	if err := check(password); err != nil {
		return err
	}
	_, err := s.conn.Exec(ctx, setPassword(user, password))
	return err
}

func setPassword(user string, password secret.Value) string {
	return "ALTER USER " + pgwire.Name(user) + " PASSWORD" + literal(pgwire.MD5(user, password))
}

// What Redshift wants of a password.
const minPassword, maxPassword = 8, 64

// Rules implements rotator.Ruler.
func (s *session) Rules(context.Context, string) (rotator.Rules, error) {
	return rotator.Rules{MinLength: minPassword, MaxLength: maxPassword, EachType: true, Excluded: `/@"'\ `}, nil
}

var errRules = errors.New("Redshift's passwords have 8 to 64 characters of ASCII, among them an upper-case letter, a lower-case letter and a digit, and none of / @ \" ' \\ and space")

func check(password secret.Value) error {
	text := string(password.Reveal())
	outside := func(r rune) bool { return r < 33 || r > 126 || strings.ContainsRune(`/@"'\`, r) }
	has := func(from, to rune) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return from <= r && r <= to })
	}
	if len(text) < minPassword || len(text) > maxPassword || strings.ContainsFunc(text, outside) ||
		!has('A', 'Z') || !has('a', 'z') || !has('0', '9') {
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, errRules)
	}
	return nil
}

// literal quotes a text. Redshift takes a backslash for the beginning of something,
// as PostgreSQL 8.0 did; where a server does not, a doubled one is harmless.
func literal(text string) string {
	return " '" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(text) + "'"
}

// Clone implements rotator.Cloner: in one transaction, so that no user is ever
// left with half of its privileges.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	if err := check(password); err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if err := s.provide(ctx, tx, from, to, password, owner); err != nil {
			return err
		}
		if err := s.level(ctx, tx, from, to); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, setPassword(to, password))
		return err
	})
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error { return s.level(ctx, tx, from, to) })
}

// marks are how the names of groups begin that tell which user was made for which
// secret: users have no comment.
const marks = "alberti_"

func mark(o rotator.Owner) string {
	sum := sha256.Sum256([]byte(o.SecretARN))
	return marks + hex.EncodeToString(sum[:16])
}

// provide makes the user to where it is missing, and refuses one that was there
// before and that neither the secret nor a mark calls one of the pair.
func (s *session) provide(ctx context.Context, tx pgx.Tx, from, to string, password secret.Value, owner rotator.Owner) error {
	var exists, marked, group bool
	err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_user WHERE usename = $1) > 0,
(SELECT count(*) FROM pg_group g, pg_user u WHERE u.usesysid = ANY(g.grolist) AND g.groname = $2 AND u.usename IN ($1, $3)) > 0,
(SELECT count(*) FROM pg_group WHERE groname = $2) > 0`, to, mark(owner), from).Scan(&exists, &marked, &group)
	if err != nil {
		return err
	}
	switch {
	case exists && (marked || owner.Known || owner.Adopt || owner.Existing):
		return nil
	case exists:
		return fmt.Errorf("user %q exists, and was not made for this secret: rename it, or allow the secret to adopt it", to)
	case owner.Existing:
		return fmt.Errorf("user %q does not exist, and for this secret no user is made", to)
	}
	statements := []string{
		"CREATE USER " + pgwire.Name(to) + " PASSWORD" + literal(pgwire.MD5(to, password)),
		"ALTER GROUP " + pgwire.Name(mark(owner)) + " ADD USER " + pgwire.Name(to),
	}
	if !group {
		statements = append([]string{"CREATE GROUP " + pgwire.Name(mark(owner))}, statements...)
	}
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	s.report.Note("made user %s", to)
	return nil
}
