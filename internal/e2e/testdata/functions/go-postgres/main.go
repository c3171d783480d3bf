// Command bootstrap is a Lambda function that rotates the password of a PostgreSQL
// user. It is written as people write them for AWS, and knows nothing of Alberti.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/url"
	"slices"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/jackc/pgx/v5"
)

type event struct {
	Step, SecretID, ClientRequestToken string
}

type login struct {
	Engine   string `json:"engine"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"username"`
	Password string `json:"password"`
	Database string `json:"dbname"`
}

type rotation struct{ client *secretsmanager.Client }

func main() {
	c, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start((&rotation{secretsmanager.NewFromConfig(c)}).handle)
}

func (r *rotation) handle(ctx context.Context, e event) error {
	d, err := r.client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &e.SecretID})
	if err != nil {
		return err
	}
	labels := d.VersionIdsToStages[e.ClientRequestToken]
	if slices.Contains(labels, "AWSCURRENT") {
		return nil
	}
	if !slices.Contains(labels, "AWSPENDING") {
		return fmt.Errorf("version %s is not AWSPENDING", e.ClientRequestToken)
	}
	switch e.Step {
	case "createSecret":
		return r.create(ctx, e)
	case "setSecret":
		return r.set(ctx, e)
	case "testSecret":
		return r.test(ctx, e)
	case "finishSecret":
		return r.finish(ctx, e, d.VersionIdsToStages)
	}
	return fmt.Errorf("invalid step %q", e.Step)
}

func (r *rotation) create(ctx context.Context, e event) error {
	_, err := r.value(ctx, e, "AWSPENDING")
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		return err
	}
	next, err := r.value(ctx, e, "AWSCURRENT")
	if err != nil {
		return err
	}
	exclude := `/@"'\`
	made, err := r.client.GetRandomPassword(ctx, &secretsmanager.GetRandomPasswordInput{ExcludeCharacters: &exclude})
	if err != nil {
		return err
	}
	next.Password = *made.RandomPassword
	text, err := json.Marshal(next)
	if err != nil {
		return err
	}
	value := string(text)
	_, err = r.client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: &e.SecretID, ClientRequestToken: &e.ClientRequestToken, SecretString: &value, VersionStages: []string{"AWSPENDING"},
	})
	return err
}

func (r *rotation) set(ctx context.Context, e event) error {
	pending, err := r.value(ctx, e, "AWSPENDING")
	if err != nil {
		return err
	}
	if conn, err := connect(ctx, pending); err == nil {
		return conn.Close(ctx)
	}
	current, err := r.value(ctx, e, "AWSCURRENT")
	if err != nil {
		return err
	}
	conn, err := connect(ctx, current)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var change string // quoted by the server itself
	err = conn.QueryRow(ctx, "SELECT format('ALTER ROLE %I PASSWORD %L', $1::text, $2::text)", pending.User, pending.Password).Scan(&change)
	if err == nil {
		_, err = conn.Exec(ctx, change)
	}
	return err
}

func (r *rotation) test(ctx context.Context, e event) error {
	pending, err := r.value(ctx, e, "AWSPENDING")
	if err != nil {
		return err
	}
	conn, err := connect(ctx, pending)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "SELECT now()")
	return err
}

func (r *rotation) finish(ctx context.Context, e event, labels map[string][]string) error {
	current := "AWSCURRENT"
	in := &secretsmanager.UpdateSecretVersionStageInput{SecretId: &e.SecretID, VersionStage: &current, MoveToVersionId: &e.ClientRequestToken}
	for version, on := range labels {
		if slices.Contains(on, current) {
			in.RemoveFromVersionId = &version
		}
	}
	_, err := r.client.UpdateSecretVersionStage(ctx, in)
	return err
}

// value reads a version by its label; of AWSPENDING, the one of the event.
func (r *rotation) value(ctx context.Context, e event, label string) (l login, err error) {
	in := &secretsmanager.GetSecretValueInput{SecretId: &e.SecretID, VersionStage: &label}
	if label == "AWSPENDING" {
		in.VersionId = &e.ClientRequestToken
	}
	out, err := r.client.GetSecretValue(ctx, in)
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal([]byte(*out.SecretString), &l)
}

func connect(ctx context.Context, l login) (*pgx.Conn, error) {
	at := url.URL{Scheme: "postgres", User: url.UserPassword(l.User, l.Password), Host: net.JoinHostPort(l.Host, strconv.Itoa(l.Port)), Path: l.Database}
	return pgx.Connect(ctx, at.String())
}
