package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
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
func client(e app.Endpoint) (*api.Client, error) {
	t, err := transport()
	if err != nil {
		return nil, err
	}
	return &api.Client{URL: e.URL, Region: e.Region, AccessKeyID: e.AccessKeyID, Key: sigv4.Key{Secret: string(e.SecretAccessKey)}, Transport: t}, nil
}

// transport trusts, beside the system's authorities, those that the AWS CLI is told
// of: whoever runs a server with a certificate of their own has that variable set.
func transport() (http.RoundTripper, error) {
	const variable = "AWS_CA_BUNDLE"
	path := os.Getenv(variable)
	if path == "" {
		return http.DefaultTransport, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", variable, err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, err
	}
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s holds no PEM certificate", variable, path)
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots}}, nil
}

// ask calls one of Alberti's own operations, or one of AWS's.
func ask(ctx context.Context, e app.Endpoint, operation string, in, out any) error {
	if !strings.Contains(operation, ".") {
		operation = api.Alberti + operation
	}
	c, err := client(e)
	if err != nil {
		return err
	}
	return c.Call(ctx, operation, in, out)
}
