// Package mongodb teaches the rotation functions MongoDB 4.0 and later, and
// Amazon DocumentDB.
//
// The protocol wants a new password in clear, so the connection must have TLS,
// unless the secret's ssl key says that it needs none. Logins prove the password
// by SCRAM, which tells it to nobody.
package mongodb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is MongoDB or DocumentDB: one server, or a replica set or sharded
// cluster where the secret says how to find it (places.go).
type Engine struct{}

var traits = rotator.Traits{
	Names:     []string{"mongo"},
	Port:      27017,
	Database:  "admin",
	Excluded:  "/@\"'\\",
	CloneMark: "_clone",
}

// Functions are MongoDB's, under the names of AWS's templates, which are those
// for DocumentDB too.
var Functions = rotator.FamilyOf(Engine{}, "SecretsManagerMongoDBRotationSingleUser", "SecretsManagerMongoDBRotationMultiUser")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

const connectTimeout = 5 * time.Second // for one try, as in AWS's templates

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	p, err := placeOf(c)
	if err != nil {
		return nil, &rotator.LoginError{Reason: rotator.Broken, Host: c.Address(), User: c.Username, Err: err}
	}
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		if t == nil && c.TLS != rotator.TLSOff {
			return nil, &rotator.LoginError{Reason: rotator.NoTLS, Host: c.Address(), User: c.Username, Err: errInClear}
		}
		client, err := connect(ctx, c, p, t)
		if err != nil {
			return nil, err
		}
		return &session{client: client, report: r, user: c.Username, place: p}, nil
	})
}

var errInClear = errors.New("MongoDB takes new passwords in clear, which is done without TLS only if the secret's ssl key is false")

// session is a login.
type session struct {
	client *mongo.Client
	report *contract.Report
	user   string
	place  place

	unrestricted bool // the server was found to know no authentication restrictions
}

// SetPassword implements rotator.Session. The account keeps its mechanisms: a
// server that is told of none makes up for all it has.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	a, err := s.find(ctx, user)
	if err != nil {
		return err
	}
	return s.update(ctx, a, withPassword(a.Mechanisms, password))
}

// update is one command, which the server does as a whole or not at all. Fields
// that it does not name stay as they are.
func (s *session) update(ctx context.Context, a account, fields bson.D) error {
	err := s.run(ctx, a.Database, append(bson.D{{Key: "updateUser", Value: a.User}}, fields...), nil)
	return acceptable(err)
}

// withPassword are the fields of a command that gives a password.
func withPassword(mechanisms []string, password secret.Value) bson.D {
	fields := bson.D{{Key: "pwd", Value: string(password.Reveal())}}
	if len(mechanisms) > 0 { // some servers do not tell
		fields = append(fields, bson.E{Key: "mechanisms", Value: mechanisms})
	}
	return fields
}

// run runs a command, and decodes the answer where somebody wants it.
func (s *session) run(ctx context.Context, database string, command bson.D, answer any) error {
	result := s.client.Database(database).RunCommand(ctx, command)
	err := result.Err()
	if err == nil && answer != nil {
		err = result.Decode(answer)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command[0].Key, err)
	}
	return nil
}

// Test implements rotator.Session: it looks itself up, as AWS's template does, or
// runs a command document such as {"find": "orders", "limit": 1, "$db": "shop"};
// without $db in the database that the account is in.
func (s *session) Test(ctx context.Context, statement string) error {
	if statement == "" {
		_, err := s.find(ctx, s.user)
		return err
	}
	var command bson.D
	if err := bson.UnmarshalExtJSON([]byte(statement), false, &command); err != nil || len(command) == 0 {
		return errors.New("the statement for testing is not a command document in JSON")
	}
	database := s.place.own
	for i, e := range command {
		if name, ok := e.Value.(string); ok && e.Key == "$db" {
			database, command = name, append(command[:i:i], command[i+1:]...)
			break
		}
	}
	if len(command) == 0 {
		return errors.New("the statement for testing names no command")
	}
	return s.run(ctx, database, command, nil)
}

// Close implements rotator.Session.
func (s *session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return s.client.Disconnect(ctx)
}
