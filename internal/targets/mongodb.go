package targets

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/internal/mongotest"
	"github.com/alberti-dev/alberti/rotator/mongodb"
)

// mongoDBTarget is FerretDB, behind the proxy that keeps the roles which it lacks.
var mongoDBTarget = Target{
	Name: "mongodb", Engine: mongodb.Engine{},
	Single: "SecretsManagerMongoDBRotationSingleUser", Alternating: "SecretsManagerMongoDBRotationMultiUser",
	Start: startFerretDB,
}

func startFerretDB(ctx context.Context) (*Server, error) {
	s, err := mongotest.Start(ctx)
	if err != nil {
		return nil, err
	}
	proxy, err := s.Proxy()
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return &Server{
		Admin: s.User, AdminPassword: s.Password,
		Stop: func() error { proxy.Close(); return s.Stop() },
		Value: func(user, password string) map[string]any {
			return map[string]any{"engine": "mongo", "host": proxy.Host, "port": proxy.Port, "ssl": false, "username": user, "password": password}
		},
		User: func(_ context.Context, user, password string) error {
			_, err := s.Run("admin", bson.D{{Key: "createUser", Value: user}, {Key: "pwd", Value: password}, {Key: "roles", Value: bson.A{}}})
			proxy.Change("admin", user, "roles", bson.A{bson.D{{Key: "role", Value: "read"}, {Key: "db", Value: "shop"}}})
			return err
		},
	}, nil
}
