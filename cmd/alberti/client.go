package main

import (
	"context"
	"os"
	"strings"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/authoring/api"
	"github.com/alberti-dev/alberti/sigv4"
)

// endpoint finds the server to talk to: the one that the AWS variables name, or
// the one whose data directory this is.
func endpoint(data string) (app.Endpoint, error) {
	e := app.Endpoint{
		URL: os.Getenv("AWS_ENDPOINT_URL"), Region: os.Getenv("AWS_REGION"),
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: app.Secret(os.Getenv("AWS_SECRET_ACCESS_KEY")),
	}
	if data == "" && e.URL != "" && e.AccessKeyID != "" {
		if e.Region == "" {
			e.Region = app.DefaultRegion
		}
		return e, nil
	}
	if data == "" {
		data = app.Defaults().Data
	}
	return app.ReadEndpoint(data)
}

// client calls a server.
func client(e app.Endpoint) *api.Client {
	return &api.Client{URL: e.URL, Region: e.Region, AccessKeyID: e.AccessKeyID, Key: sigv4.Key{Secret: string(e.SecretAccessKey)}}
}

// ask calls one of Alberti's own operations, or one of AWS's.
func ask(ctx context.Context, e app.Endpoint, operation string, in, out any) error {
	if !strings.Contains(operation, ".") {
		operation = api.Alberti + operation
	}
	return client(e).Call(ctx, operation, in, out)
}
