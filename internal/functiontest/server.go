// Package functiontest has rotation functions that users write run as they would:
// as processes, on a server of ours that rotates with them, and behind Lambda's
// Runtime API where they need one.
package functiontest

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

// The root user of a Server.
const (
	accessKeyID     = "AKIAIOSFODNN7EXAMPLE"
	secretAccessKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	region          = "eu-west-1"
)

// Server is a server with one more rotation function than usual.
type Server struct {
	*secretsmanager.Client // root's
	URL                    string
}

// FunctionARN is that of the function.
const FunctionARN = "arn:aws:lambda:" + region + ":" + app.Account + ":function:Mine"

// Serve starts a server for the length of a test, with a function.
func Serve(t testing.TB, f contract.Function) *Server {
	t.Helper()
	c := app.Defaults()
	c.Listen, c.Data, c.Log = "127.0.0.1:0", t.TempDir(), slog.New(slog.DiscardHandler)
	c.RootAccessKeyID, c.RootSecretAccessKey = accessKeyID, secretAccessKey
	c.Functions = func(rotator.Config) map[string]contract.Function { return map[string]contract.Function{"Mine": f} }
	a, err := app.New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return &Server{URL: a.URL(), Client: secretsmanager.New(secretsmanager.Options{
		Region: region, BaseEndpoint: aws.String(a.URL()), HTTPClient: http.DefaultClient,
		Credentials: credentials.NewStaticCredentialsProvider(accessKeyID, secretAccessKey, ""),
	})}
}

// Env is what a function finds in its environment: who it is, and where Secrets
// Manager is by one variable, which is AWS's or that of AWS's rotation templates.
func (s *Server) Env(endpointVariable string) []string {
	return []string{
		"AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_ACCESS_KEY_ID=" + accessKeyID, "AWS_SECRET_ACCESS_KEY=" + secretAccessKey,
		"AWS_EC2_METADATA_DISABLED=true", endpointVariable + "=" + s.URL,
	}
}
