package targets

import (
	"context"

	"github.com/alberti-dev/alberti/internal/ldaptest"
	"github.com/alberti-dev/alberti/rotator/ldap"
)

var ldapTarget = Target{
	Name: "ldap", Engine: ldap.Engine{},
	Single: "SecretsManagerLDAPRotationSingleUser",
	Start: func(ctx context.Context) (*Server, error) {
		s, err := ldaptest.Start(ctx)
		if err != nil {
			return nil, err
		}
		return &Server{
			Admin: ldaptest.Admin, AdminPassword: s.AdminPassword,
			Stop: func() error { s.Stop(); return nil },
			Value: func(user, password string) map[string]any {
				return map[string]any{
					"engine": "ldap", "host": s.Host, "port": s.Port, "base": ldaptest.People, "ssl": false,
					"username": user, "password": password,
				}
			},
			User: func(_ context.Context, user, password string) error { return s.AddPerson(user, password) },
		}, nil
	},
}
