package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/app"
)

// credential is a secret's value as AWS's rotation functions know it.
type credential struct {
	Engine    string `json:"engine"`
	Host      string `json:"host"`
	Port      int    `json:"port"`
	Username  string `json:"username"`
	Password  string `json:"password"`
	Database  string `json:"dbname"`
	SSL       bool   `json:"ssl"` // on this machine's loopback there is no need
	MasterARN string `json:"masterarn,omitempty"`
}

// Format keeps every verb of fmt from printing it.
func (c credential) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.Username, " [redacted]") }

// user is a credential with a password that nobody has seen.
func (d *demo) user(name string) credential {
	return d.credential(name, rand.Text())
}

// admin is PostgreSQL's superuser.
func (d *demo) admin() credential {
	return d.credential(d.postgres.User, d.postgres.Password)
}

func (d *demo) credential(name, password string) credential {
	d.seen.add(password)
	return credential{
		Engine: "postgres", Host: d.postgres.Host, Port: d.postgres.Port, Database: database,
		Username: name, Password: password,
	}
}

// create stores a credential as a new secret.
func (d *demo) create(ctx context.Context, name string, c credential) (arn string, err error) {
	value, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	out, err := d.api.CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String(name), SecretString: aws.String(string(value)),
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.ARN), nil
}

// Labels of versions.
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
)

// get reads the credential that a label is on.
func (d *demo) get(ctx context.Context, name, label string) (c credential, err error) {
	out, err := d.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(name), VersionStage: aws.String(label),
	})
	if err != nil {
		return c, err
	}
	if json.Unmarshal([]byte(aws.ToString(out.SecretString)), &c) != nil {
		return c, fmt.Errorf("the value of %s at %s is not the JSON that was stored", name, label)
	}
	d.seen.add(c.Password)
	return c, nil
}

// function is the ARN of a built-in rotation function.
func function(name string) string {
	return "arn:aws:lambda:" + app.DefaultRegion + ":" + app.Account + ":function:SecretsManagerRDSPostgreSQLRotation" + name
}
