package oracle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// canonical is a user's name as the catalog has it: in upper case, unless it was
// written in double quotes.
func canonical(user string) string {
	if len(user) > 2 && strings.HasPrefix(user, `"`) && strings.HasSuffix(user, `"`) {
		return user[1 : len(user)-1]
	}
	return strings.ToUpper(user)
}

// name quotes an identifier of the catalog. None has a double quote or a NUL:
// where one was written all the same, the server is to refuse it.
func name(identifier string) string {
	return `"` + strings.NewReplacer(`"`, `""`, "\x00", "").Replace(identifier) + `"`
}

var errQuote = errors.New("Oracle's passwords have no double quote and no NUL, and are not empty")

// quotedPassword writes a password as IDENTIFIED BY wants it. There is no way to
// write a double quote.
func quotedPassword(password secret.Value) (string, error) {
	text := string(password.Reveal())
	if text == "" || strings.ContainsAny(text, "\"\x00") {
		return "", fmt.Errorf("%w: %w", contract.ErrUnacceptable, errQuote)
	}
	return `"` + text + `"`, nil
}

// identify gives a user a password.
func (s *session) identify(ctx context.Context, user string, password secret.Value, clause string) error {
	quoted, err := quotedPassword(password)
	if err != nil {
		return err
	}
	return s.hidden(ctx, "ALTER USER "+name(canonical(user))+" IDENTIFIED BY "+quoted+clause)
}

// hidden runs a statement with a password in it: what is sent, parsed, kept in the
// library cache and traced as a text is the block alone.
func (s *session) hidden(ctx context.Context, statement string) error {
	_, err := s.conn.ExecContext(ctx, "BEGIN EXECUTE IMMEDIATE :1; END;", statement)
	return refused(err)
}

// text gives the one column of a query's one row; empty when there is none.
func (s *session) text(ctx context.Context, query string, a ...any) (string, error) {
	var out sql.NullString
	err := s.conn.QueryRowContext(ctx, query, a...).Scan(&out)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return out.String, err
}
