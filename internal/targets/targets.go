// Package targets is the real servers that rotations are proven on and measured
// with: one for each engine whose server can be had.
package targets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Target is an engine with a server to start for it.
type Target struct {
	Name                string // of the engine's folder
	Engine              rotator.Engine
	Single, Alternating string // the names of its functions; "" for a strategy it lacks
	Overlap             bool   // a single user's old password stays in force until the next rotation
	Start               func(context.Context) (*Server, error)
}

// Server is a server that runs.
type Server struct {
	// Value is a secret's value for a user.
	Value func(user, password string) map[string]any
	// User makes a user.
	User func(ctx context.Context, user, password string) error
	// Admin and AdminPassword are who makes users and changes their passwords.
	Admin, AdminPassword string
	// ByAdmin tells that users may not change their own.
	ByAdmin bool
	Stop    func() error
}

// All are the targets.
var All = []Target{postgresTarget, mysqlTarget, redisTarget, rabbitMQTarget, mongoDBTarget, ldapTarget, activeDirectoryTarget}

// serverless are the engines, by folder, whose servers cannot be had, or which have
// none.
var serverless = []string{"httpapi", "influxdb", "oracle", "redshift", "sqlserver", "value"}

// Wanted are the targets that ENGINES names (postgres,redis), all where it is not
// set.
func Wanted() ([]Target, error) { return wanted(os.Getenv("ENGINES")) }

func wanted(engines string) ([]Target, error) {
	if engines == "" {
		return All, nil
	}
	names := strings.Split(engines, ",")
	for _, name := range names {
		if !slices.Contains(serverless, name) && !slices.ContainsFunc(All, func(t Target) bool { return t.Name == name }) {
			return nil, fmt.Errorf("ENGINES: there is no engine %q", name)
		}
	}
	var out []Target
	for _, t := range All {
		if slices.Contains(names, t.Name) {
			out = append(out, t)
		}
	}
	return out, nil
}

// Login logs in with a value, past Alberti: with the engine alone.
func (t Target) Login(ctx context.Context, value map[string]any) (rotator.Session, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	c, err := rotator.ParseCredential(secret.Text(string(text)), t.Engine.Traits())
	if err != nil {
		return nil, err
	}
	return t.Engine.Login(ctx, c, &rotation.Report{})
}

// Refuses tells whether a login is refused for its password; any other failure is
// an error.
func (t Target) Refuses(ctx context.Context, value map[string]any) (bool, error) {
	session, err := t.Login(ctx, value)
	if err == nil {
		return false, session.Close()
	}
	var login *rotator.LoginError
	if errors.As(err, &login) && login.Reason == rotator.Refused {
		return true, nil
	}
	return false, err
}
