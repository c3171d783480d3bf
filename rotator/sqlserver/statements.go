package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// kind is what sort of account a user is.
type kind string

const (
	login     kind = "LOGIN" // of the server
	contained kind = "USER"  // of one database, with a password of its own
)

// kindOf finds out what a name logs in as: in a database that has a contained
// user of the name, as that.
func (s *session) kindOf(ctx context.Context, user string) (kind, error) {
	var n int
	err := s.conn.QueryRowContext(ctx, `SELECT COUNT(*) FROM sys.database_principals WHERE name = @user AND authentication_type = 2`,
		sql.Named("user", user)).Scan(&n)
	if err != nil {
		return "", fmt.Errorf("sys.database_principals: %w", err)
	}
	if n > 0 {
		return contained, nil
	}
	return login, nil
}

// The statements that have a password in them are made by the server, of
// parameters: the text that is sent, logged and traced is these, which are the
// same for every password. QUOTENAME gives NULL for what is too long, and a NULL
// would run as nothing at all.

func alter(k kind) string {
	return composed(`N'ALTER ` + string(k) + ` ' + QUOTENAME(@user) + N' WITH PASSWORD = N' + QUOTENAME(@new, N'''')`)
}

func alterOwn(k kind) string {
	return composed(`N'ALTER ` + string(k) + ` ' + QUOTENAME(@user) + N' WITH PASSWORD = N' + QUOTENAME(@new, N'''') + N' OLD_PASSWORD = N' + QUOTENAME(@old, N'''')`)
}

// create takes options besides: they hold no password, and must be quoted already.
func create(k kind, options string) string {
	return composed(`N'CREATE ` + string(k) + ` ' + QUOTENAME(@user) + N' WITH PASSWORD = N' + QUOTENAME(@new, N'''') + ` + literal(options))
}

// createContained makes a user with its mark, or neither.
var createContained = "SET XACT_ABORT ON;\nBEGIN TRANSACTION;\n" + create(contained, "") + `
EXEC sys.sp_addextendedproperty @name = @property, @value = @secret, @level0type = N'USER', @level0name = @user;
COMMIT;`

func composed(expression string) string {
	return `DECLARE @statement nvarchar(max) = ` + expression + `;
IF @statement IS NULL THROW 50000, N'the name or the password is longer than 128 characters', 1;
EXEC (@statement);`
}

var errPasswordLength = errors.New("SQL Server's passwords have 1 to 128 characters")

// run runs one of them.
func (s *session) run(ctx context.Context, statement string, password secret.Value, a ...any) error {
	text := string(password.Reveal())
	if beyond(text) { // nobody could log in with it
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, errBeyond)
	}
	if n := utf8.RuneCountInString(text); n == 0 || n > maxName {
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, errPasswordLength)
	}
	_, err := s.conn.ExecContext(ctx, statement, append(a, sql.Named("new", text))...)
	return refused(err)
}

// name quotes an identifier.
func name(identifier string) string { return "[" + strings.ReplaceAll(identifier, "]", "]]") + "]" }

// literal quotes a text.
func literal(text string) string { return "N'" + strings.ReplaceAll(text, "'", "''") + "'" }
