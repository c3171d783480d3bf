package targets

import (
	"context"
	"database/sql"
	"errors"

	"github.com/alberti-dev/alberti/internal/mariadbtest"
	"github.com/alberti-dev/alberti/rotator/mysql"
)

// mysqlTarget is MariaDB, the one server of the family that can be had.
var mysqlTarget = Target{
	Name: "mysql", Engine: mysql.MariaDB,
	Single: "SecretsManagerRDSMariaDBRotationSingleUser", Alternating: "SecretsManagerRDSMariaDBRotationMultiUser",
	Start: startMariaDB,
}

func startMariaDB(ctx context.Context) (*Server, error) {
	s, err := mariadbtest.Start(ctx, mariadbtest.Options{})
	if err != nil {
		return nil, err
	}
	admin := s.Open(s.User, s.Password)
	// The log of all statements would be measured, too.
	if _, err := admin.ExecContext(ctx, "SET GLOBAL general_log = 0"); err != nil {
		return nil, errors.Join(err, admin.Close(), s.Stop())
	}
	return &Server{
		Admin: s.User, AdminPassword: s.Password,
		Stop: func() error { return errors.Join(admin.Close(), s.Stop()) },
		Value: func(user, password string) map[string]any {
			return map[string]any{"engine": "mariadb", "host": s.Host, "port": s.Port, "ssl": false, "username": user, "password": password}
		},
		User: func(ctx context.Context, user, password string) error { return mariaDBUser(ctx, admin, user, password) },
	}, nil
}

// mariaDBUser makes a user who may do something, so that there is something to
// bring level.
func mariaDBUser(ctx context.Context, admin *sql.DB, user, password string) error {
	_, err := admin.ExecContext(ctx, "CREATE USER ? IDENTIFIED BY ?", user, password)
	if err == nil {
		_, err = admin.ExecContext(ctx, "GRANT SELECT, INSERT ON shop.* TO ?", user)
	}
	return err
}
