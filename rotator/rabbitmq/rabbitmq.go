// Package rabbitmq teaches the rotation functions RabbitMQ: by its management
// API, and by AMQP for logins of users who may not use that API.
//
// A password reaches the server as a salted hash. Logins tell it, so they go over
// TLS, or in clear where the secret's ssl key is false.
package rabbitmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is RabbitMQ.
type Engine struct{}

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits {
	return rotator.Traits{
		Names:     []string{"rabbitmq"},
		Port:      5671,
		Database:  "/",
		Excluded:  ":/@\"'\\",
		CloneMark: "_clone",
	}
}

// Functions are RabbitMQ's, in the style of the names of AWS's templates, which
// have none for it.
var Functions = rotator.FamilyOf(Engine{}, "SecretsManagerRabbitMQRotationSingleUser", "SecretsManagerRabbitMQRotationMultiUser")

const connectTimeout = 5 * time.Second // for one try

// What a value may say beside the usual keys: where the management API is.
const managementPort = "managementport"

// The ports of the management API.
const (
	apiPortTLS   = 15671
	apiPortPlain = 15672
)

var (
	errClear = errors.New("RabbitMQ is told passwords in clear, and the secret's ssl key does not say false, which would allow that without TLS")
	errColon = errors.New("a user with a colon in its name cannot log in to the management API")
)

// Login implements rotator.Engine: the API says what becomes of the password, and
// where the user may not use the API, AMQP has to agree.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	if strings.Contains(c.Username, ":") {
		return nil, failed(c, rotator.Broken, errColon)
	}
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		if t == nil && c.TLS != rotator.TLSOff {
			return nil, failed(c, rotator.NoTLS, errClear)
		}
		api, err := newAPI(c, t)
		if err != nil {
			return nil, failed(c, rotator.Broken, err)
		}
		s := &session{api: api, credential: c, tls: t, report: r}
		if err := s.authenticate(ctx); err != nil {
			return nil, err
		}
		return s, nil
	})
}

// session is a login. The API has no connection that would last.
type session struct {
	api        *api
	credential rotator.Credential
	tls        *tls.Config // nil without TLS
	report     *contract.Report
	ofAMQP     bool // the user may not use the API
}

// authenticate asks the API who we are. A user without a tag for management is
// told so, which it would not be with a wrong password; but what applications
// will do is log in by AMQP.
func (s *session) authenticate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	err := s.api.get(ctx, "/whoami", nil)
	var answer *answerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &answer) && answer.isNotManagement():
		s.ofAMQP = true
		if err := s.tryAMQP(ctx); err != nil && !isNoAccess(err) {
			return classify(s.credential, err)
		}
		return nil
	}
	return classify(s.credential, err)
}

// Test implements rotator.Session. A statement is "queue NAME" or "exchange NAME":
// what must exist in the virtual host of the secret's dbname key, or else in /.
func (s *session) Test(ctx context.Context, statement string) error {
	if statement != "" {
		return s.declared(ctx, statement)
	}
	if s.ofAMQP {
		return nil // the login was the test
	}
	return s.api.get(ctx, "/whoami", nil)
}

// Close implements rotator.Session.
func (s *session) Close() error {
	s.api.client.CloseIdleConnections()
	return nil
}

// SetPassword implements rotator.Session.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	a, err := s.account(ctx, user)
	if err != nil {
		return err
	}
	if a == nil {
		return fmt.Errorf("user %q does not exist", user)
	}
	a.setPassword(password)
	return s.putAccount(ctx, a)
}
