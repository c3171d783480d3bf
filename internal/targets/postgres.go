package targets

import (
	"context"
	"fmt"

	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/rotator/postgres"
)

var postgresTarget = Target{
	Name: "postgres", Engine: postgres.Engine{},
	Single: "SecretsManagerRDSPostgreSQLRotationSingleUser", Alternating: "SecretsManagerRDSPostgreSQLRotationMultiUser",
	Start: func(ctx context.Context) (*Server, error) {
		s, err := pgtest.Start(ctx, pgtest.Options{Settings: map[string]string{"max_connections": "300"}})
		if err != nil {
			return nil, err
		}
		return &Server{
			Admin: s.User, AdminPassword: s.Password, Stop: s.Stop,
			Value: func(user, password string) map[string]any {
				return map[string]any{"engine": "postgres", "host": s.Host, "port": s.Port, "ssl": false, "username": user, "password": password}
			},
			User: func(ctx context.Context, user, password string) error {
				return s.Exec(ctx, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", user, password))
			},
		}, nil
	},
}
