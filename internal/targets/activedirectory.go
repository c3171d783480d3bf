package targets

import (
	"context"

	"github.com/alberti-dev/alberti/internal/adtest"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
)

// activeDirectoryTarget is a domain controller of Samba's. It needs root.
var activeDirectoryTarget = Target{
	Name: "activedirectory", Engine: activedirectory.Engine{},
	Single: "SecretsManagerActiveDirectoryRotationSingleUser",
	Start: func(ctx context.Context) (*Server, error) {
		s, err := adtest.Start(ctx)
		if err != nil {
			return nil, err
		}
		return &Server{
			Admin: adtest.Admin, AdminPassword: s.AdminPassword,
			Stop: func() error { s.Stop(); return nil },
			Value: func(user, password string) map[string]any {
				return map[string]any{"host": s.Host, "sslrootcert": string(s.CA), "username": user, "password": password}
			},
			User: func(_ context.Context, user, password string) error {
				_, err := s.AddUser(user, password)
				return err
			},
		}, nil
	},
}
