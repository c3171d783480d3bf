package app

import (
	"crypto/cipher"
	"log/slog"
	"net/http"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// newAPI is the wire of Secrets Manager, of CloudWatch Logs, and of what AWS
// lacks, which is signed for as Secrets Manager.
func newAPI(service, operator *secretsmanager.Service, read *logs.Service, who *authenticator, log *slog.Logger) http.Handler {
	secrets, logged := who.to("secretsmanager"), who.to(logs.SigningName)
	return &awsjson.Handler[iam.Caller]{
		Authenticate: func(r *http.Request, body []byte) (iam.Caller, error) {
			if strings.HasPrefix(r.Header.Get("X-Amz-Target"), logs.Target+".") {
				return logged(r, body)
			}
			return secrets(r, body)
		},
		Logger: log,
		Targets: map[string]awsjson.Target[iam.Caller]{
			"secretsmanager": {Service: service},
			"alberti":        {Service: operator},
			logs.Target:      {Service: read},
		},
	}
}

// identities are the services by the version of their API.
type identities map[string]awsquery.Service[iam.Caller]

func (a *App) newIdentities(pages cipher.AEAD) (identities, error) {
	parts := identity.Config{Base: a.base(), Pages: pages, Sessions: a.sessions}
	roles, err := identity.NewIAM(parts)
	if err != nil {
		return nil, err
	}
	tokens, err := identity.NewSTS(parts)
	if err != nil {
		return nil, err
	}
	return identities{identity.IAMVersion: roles, identity.STSVersion: tokens}, nil
}

// newQueryAPI is the wire of IAM and STS.
func newQueryAPI(services identities, who *authenticator, log *slog.Logger) http.Handler {
	return &awsquery.Handler[iam.Caller]{Services: services, Authenticate: who.authenticate, Logger: log}
}
