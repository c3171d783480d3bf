package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/google/uuid"
)

// login is the value of a secret that rotates.
type login struct {
	Engine   string `json:"engine"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"username"`
	Password string `json:"password"`
	Database string `json:"dbname"`
	Master   string `json:"masterarn,omitempty"`
	TLS      string `json:"ssl"`
}

const functions = "arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerRDSPostgreSQLRotation"

// subject is a secret that rotates, at a server.
type subject struct {
	*server
	name, function string
	token          string // of the latest rotation
	acknowledged   bool   // the server said that it has begun
}

// empty is an answer of which nothing is needed.
type empty struct{}

// create makes a secret and gives its ARN.
func (s *server) create(ctx context.Context, name string, l login) (string, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return "", err
	}
	var out struct{ ARN string }
	err = s.call(ctx, "secretsmanager.CreateSecret", map[string]any{
		"Name": name, "SecretString": string(text), "ClientRequestToken": uuid.NewString(),
	}, &out)
	return out.ARN, err
}

// begin makes up a token for the next rotation.
func (s *subject) begin() { s.token, s.acknowledged = uuid.NewString(), false }

// request asks for the rotation. It may be asked again with the same token, as
// clients do that had no answer.
func (s *subject) request(ctx context.Context) error {
	err := s.call(ctx, "secretsmanager.RotateSecret", map[string]any{
		"SecretId": s.name, "ClientRequestToken": s.token, "RotationLambdaARN": s.function,
		"RotationRules": map[string]any{"AutomaticallyAfterDays": 30},
	}, &empty{})
	s.acknowledged = err == nil
	return err
}

// description is what DescribeSecret says.
type description struct {
	VersionIdsToStages map[string][]string
	LastRotatedDate    float64
}

func (s *subject) describe(ctx context.Context) (d description, err error) {
	err = s.call(ctx, "secretsmanager.DescribeSecret", map[string]any{"SecretId": s.name}, &d)
	return d, err
}

// history is one rotation, as the operator sees it.
type history struct {
	VersionID    string `json:"VersionId"`
	State, Cause string
	StartedDate  float64
	EndedDate    float64
	Error        string
	Steps        []step
}

type step struct {
	Attempt     int
	Step, Error string
	Notes       []string
}

// attempts is how many there were.
func (h history) attempts() (n int) {
	for _, s := range h.Steps {
		n = max(n, s.Attempt)
	}
	return n
}

// histories are the latest rotations, the latest first.
func (s *subject) histories(ctx context.Context) ([]history, error) {
	var out struct{ History []history }
	err := s.call(ctx, "alberti.DescribeRotation", map[string]any{"SecretId": s.name}, &out)
	return out.History, err
}

// latest is the history of the rotation under way, zero when there is none.
func (s *subject) latest(ctx context.Context) (history, error) {
	all, err := s.histories(ctx)
	i := slices.IndexFunc(all, func(h history) bool { return h.VersionID == s.token })
	if i < 0 {
		return history{}, err
	}
	return all[i], err
}

// value reads a version of the secret by its label.
func (s *subject) value(ctx context.Context, label string) (version string, l login, err error) {
	var out struct{ VersionId, SecretString string }
	err = s.call(ctx, "secretsmanager.GetSecretValue", map[string]any{"SecretId": s.name, "VersionStage": label}, &out)
	if err == nil && json.Unmarshal([]byte(out.SecretString), &l) != nil {
		err = errors.New("the value is no login") // without the parser's words, which quote it
	}
	return out.VersionId, l, err
}
