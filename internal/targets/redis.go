package targets

import (
	"context"
	"errors"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/internal/redistest"
	engine "github.com/alberti-dev/alberti/rotator/redis"
)

var redisTarget = Target{
	Name: "redis", Engine: engine.Engine{}, Overlap: true,
	Single: "SecretsManagerRedisRotationSingleUser", Alternating: "SecretsManagerRedisRotationMultiUser",
	Start: func(ctx context.Context) (*Server, error) {
		s, err := redistest.Start(ctx, redistest.Options{ACLFile: true})
		if err != nil {
			return nil, err
		}
		return &Server{
			Admin: "default", AdminPassword: s.Password,
			Stop: func() error { s.Stop(); return nil },
			Value: func(user, password string) map[string]any {
				return map[string]any{"engine": "redis", "host": s.Host, "port": s.Port, "ssl": false, "username": user, "password": password}
			},
			User: func(ctx context.Context, user, password string) error { return redisUser(ctx, s, user, password) },
		}, nil
	},
}

// redisUser makes a user who may change its own password, and have that last.
func redisUser(ctx context.Context, s *redistest.Server, user, password string) error {
	conn, err := s.Login("default", s.Password)
	if err != nil {
		return err
	}
	_, err = redis.DoContext(conn, ctx, "ACL", "SETUSER", user, "on", ">"+password, "~shop:*",
		"+get", "+ping", "+acl|setuser", "+acl|save", "+config|get")
	return errors.Join(err, conn.Close())
}
