package oracle

import (
	"context"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// SetBeside implements rotator.Overlapper: where the user's profile has a
// PASSWORD_ROLLOVER_TIME (19.12 and 21c on), the server takes both passwords for
// so long. A period that has not run out is ended first: in it, a change would
// leave the eldest password in force and not the one that applications have.
// Where the old password given here is that eldest one, the change is refused
// then, and the next attempt finds the one in force in the journal.
func (s *session) SetBeside(ctx context.Context, user string, password, _ secret.Value) (kept bool, err error) {
	if user != s.user {
		return false, nil
	}
	days, err := s.limit(ctx, user, "PASSWORD_ROLLOVER_TIME")
	if err != nil {
		return false, err
	}
	if n, err := strconv.ParseFloat(days, 64); err != nil || n <= 0 {
		return false, nil
	}
	status, err := s.text(ctx, "SELECT ACCOUNT_STATUS FROM USER_USERS")
	if err != nil {
		return false, err
	}
	if strings.Contains(status, "IN ROLLOVER") {
		if _, err := s.conn.ExecContext(ctx, "ALTER USER "+name(canonical(user))+" EXPIRE PASSWORD ROLLOVER PERIOD"); err != nil {
			return false, err
		}
		s.report.Note("ended the rollover period of the change before: the password from before it is out of force")
	}
	if err := s.SetPassword(ctx, user, password); err != nil {
		return false, err
	}
	s.report.Note("the profile's PASSWORD_ROLLOVER_TIME keeps the old password in force for %s days, or until the next rotation", days)
	return true, nil
}
