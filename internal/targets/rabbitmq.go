package targets

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/rotator/rabbitmq"
)

var rabbitMQTarget = Target{
	Name: "rabbitmq", Engine: rabbitmq.Engine{},
	Single: "SecretsManagerRabbitMQRotationSingleUser", Alternating: "SecretsManagerRabbitMQRotationMultiUser",
	Start: func(ctx context.Context) (*Server, error) {
		s, err := rabbittest.Start(ctx)
		if err != nil {
			return nil, err
		}
		return &Server{
			Admin: rabbittest.User, AdminPassword: s.Password, ByAdmin: true,
			Stop: func() error { s.Stop(); return nil },
			Value: func(user, password string) map[string]any {
				return map[string]any{
					"engine": "rabbitmq", "host": s.Host, "port": s.AMQP, "managementport": s.Management, "ssl": false,
					"username": user, "password": password,
				}
			},
			User: func(ctx context.Context, user, password string) error { return rabbitMQUser(ctx, s, user, password) },
		}, nil
	},
}

// rabbitMQUser makes a user who may read in the virtual host /, as applications
// do: it has no tag, so that it may not use the management API.
func rabbitMQUser(ctx context.Context, s *rabbittest.Server, user, password string) error {
	err := rabbitMQPut(ctx, s, "/api/users/"+url.PathEscape(user), map[string]string{"password": password, "tags": ""})
	if err != nil {
		return err
	}
	return rabbitMQPut(ctx, s, "/api/permissions/%2F/"+url.PathEscape(user),
		map[string]string{"configure": "^$", "write": "^$", "read": ".*"})
}

func rabbitMQPut(ctx context.Context, s *rabbittest.Server, path string, body map[string]string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, s.URL()+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.SetBasicAuth(rabbittest.User, s.Password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("PUT %s: %s", path, response.Status)
	}
	response.Body.Close()
	return err
}
