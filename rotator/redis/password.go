package redis

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// SetPassword implements rotator.Session.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	return s.setPasswords(ctx, user, password)
}

// SetBeside implements rotator.Overlapper: of all passwords that the user has,
// the two remain.
func (s *session) SetBeside(ctx context.Context, user string, password, old secret.Value) (kept bool, err error) {
	return true, s.setPasswords(ctx, user, old, password)
}

func (s *session) setPasswords(ctx context.Context, user string, passwords ...secret.Value) error {
	if err := s.exists(ctx, user); err != nil {
		return err
	}
	rules := []string{"resetpass"}
	for _, p := range passwords {
		rules = append(rules, hash(p))
	}
	return s.setUser(ctx, user, rules)
}

// exists makes sure of a user who is not the session's own: ACL SETUSER would
// make it.
func (s *session) exists(ctx context.Context, user string) error {
	if user == s.user {
		return nil
	}
	found, err := s.do(ctx, "ACL", "GETUSER", user)
	if err == nil && found == nil {
		err = fmt.Errorf("user %q does not exist", user)
	}
	return err
}

// hash is a password as ACL rules write what the server is to keep of it.
func hash(password secret.Value) string {
	sum := sha256.Sum256(password.Reveal())
	return "#" + hex.EncodeToString(sum[:])
}

// setUser changes a user, and has the server write that to its disk. The server
// hears both at once: should we be gone afterwards, it does both.
func (s *session) setUser(ctx context.Context, user string, rules []string) error {
	save, err := s.saving(ctx)
	if err != nil {
		return err
	}
	args := []any{"SETUSER", user}
	for _, rule := range rules {
		args = append(args, rule)
	}
	s.conn.Send("ACL", args...) // its error is Flush's
	if save.command != "" {
		s.conn.Send(save.command, save.arg)
	}
	if err := s.conn.Flush(); err != nil {
		return err
	}
	if _, err := redis.ReceiveContext(s.conn, ctx); err != nil {
		return setUserError(err)
	}
	if save.command == "" {
		s.report.Note("a restart of the server loses the change: %s", save.never)
		return nil
	}
	if _, err := redis.ReceiveContext(s.conn, ctx); err != nil {
		s.report.Note("a restart of the server loses the change: %s %s failed: %v", save.command, save.arg, err)
	}
	return nil
}

// setUserError is what the server said, without a rule that it quotes: a hash of
// a password that a person chose could be guessed.
func setUserError(err error) error {
	if code(err) == noPermission {
		return fmt.Errorf("%w: %w", rotator.ErrNotAllowed, err)
	}
	var answer redis.Error
	if errors.As(err, &answer) && strings.Contains(string(answer), "'#") {
		return errors.New("ERR Error in ACL SETUSER modifier '#...'")
	}
	return err
}

// saving is how a server keeps a change of its users: a command, or why there is
// none.
type saving struct{ command, arg, never string }

// saving finds out where the server keeps its users. Where that may not be read,
// ACL SAVE will tell.
func (s *session) saving(ctx context.Context) (saving, error) {
	found, err := redis.Strings(s.do(ctx, "CONFIG", "GET", "aclfile"))
	switch {
	case code(err) != "" || err == nil && len(found) < 2 || err == nil && found[1] != "":
		return saving{command: "ACL", arg: "SAVE"}, nil
	case err != nil:
		return saving{}, err
	}
	if safe, err := s.rewritable(ctx); err != nil || !safe {
		return saving{never: "the name or a rule of a user has a quote in it, with which CONFIG REWRITE " +
			"writes a file that the server cannot read again; keep users in an aclfile"}, err
	}
	return saving{command: "CONFIG", arg: "REWRITE"}, nil
}

// rewritable tells whether the server could read the configuration file that
// CONFIG REWRITE writes: it puts users there unquoted, and quotes mean something.
func (s *session) rewritable(ctx context.Context) (bool, error) {
	users, err := redis.Strings(s.do(ctx, "ACL", "LIST"))
	if code(err) != "" {
		return !hasQuote(s.user), nil
	}
	for _, line := range users {
		if hasQuote(line) {
			return false, nil
		}
	}
	return true, err
}

func hasQuote(text string) bool { return strings.ContainsAny(text, `"'`) }
