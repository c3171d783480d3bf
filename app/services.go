package app

import (
	"crypto/cipher"
	"log/slog"
	"net/http"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/identity"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// newAPI is the wire of Secrets Manager, and of what AWS lacks: both are signed
// for as Secrets Manager.
func newAPI(service, operator *secretsmanager.Service, who *authenticator, log *slog.Logger) http.Handler {
	return &awsjson.Handler[iam.Caller]{
		Authenticate: who.to("secretsmanager"),
		Logger:       log,
		Targets: map[string]awsjson.Target[iam.Caller]{
			"secretsmanager": {Service: service},
			"alberti":        {Service: operator},
		},
	}
}

// identities are the services by the version of their API.
type identities map[string]awsquery.Service[iam.Caller]

func (a *App) newIdentities(pages cipher.AEAD) (identities, error) {
	parts := identity.Config{
		Store: a.store, Trail: a.trail, Pages: pages, Sessions: a.sessions, Committed: a.shipper.notify, Log: a.config.Log,
	}
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
