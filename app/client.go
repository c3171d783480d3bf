package app

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// client is Secrets Manager as a built-in rotation function sees it: the same
// door that requests over HTTP go through, as a role of its own.
type client struct {
	*clients
	event rotation.Event
	from  door.Call
}

// functionRole is the role that built-in functions run as.
const functionRole = "AlbertiRotation"

// clients makes clients, each for one invocation. What is found out for one is kept
// for the steps that follow.
type clients struct {
	service   *secretsmanager.Service
	mu        sync.Mutex
	roles     map[string]*policy.Document    // by the secret that is rotated
	described map[string]rotator.Description // likewise, by RotationToken
}

// keptRoles is more than are at work at a time.
const keptRoles = 100

func (c *clients) role(secretARN, others string) *policy.Document {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.roles[secretARN] == nil {
		if len(c.roles) >= keptRoles || c.roles == nil {
			c.roles = map[string]*policy.Document{}
		}
		c.roles[secretARN] = functionPolicy(secretARN, others)
	}
	return c.roles[secretARN]
}

// knows gives what createSecret of the same attempt was told of its secret; false
// in the other steps but two. Who moves a label meanwhile takes the lease from the
// attempt, and under it the account is claimed before setSecret logs in; testSecret
// changes nothing. What finishSecret moves has to be true when it moves.
func (c *clients) knows(e rotation.Event) (rotator.Description, bool) {
	if e.Step != secret.SetSecret && e.Step != secret.TestSecret {
		return rotator.Description{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	d, ok := c.described[e.RotationToken]
	return d, ok
}

// learn keeps a description for the steps that follow createSecret.
func (c *clients) learn(e rotation.Event, d rotator.Description) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Step != secret.CreateSecret {
		delete(c.described, e.RotationToken) // nobody asks any more
		return
	}
	if len(c.described) >= keptRoles || c.described == nil {
		c.described = map[string]rotator.Description{}
	}
	c.described[e.RotationToken] = d
}

// connect implements rotator.Connect. The role of the client may write the secret
// that is being rotated, and its children (children.go), and read others of the
// account, as the superuser secret of alternating users; its writes hold only while
// the rotation is its own.
func (c *clients) connect(e rotation.Event) rotator.Secrets {
	part := strings.SplitN(e.SecretID, ":", 6) // arn:aws:secretsmanager:REGION:ACCOUNT:…
	region, account := part[3], part[4]
	others := "arn:aws:secretsmanager:" + region + ":" + account + ":secret:*"
	caller := iam.Caller{
		Type: iam.AssumedRole, Account: account, Region: region,
		ARN:           "arn:aws:sts::" + account + ":assumed-role/" + functionRole + "/rotation",
		PrincipalID:   functionRole + ":rotation",
		RotationToken: e.RotationToken, RotationOf: e.SecretID,
		Issuer:   "arn:aws:iam::" + account + ":role/" + functionRole,
		Policies: []*policy.Document{c.role(e.SecretID, others)},
	}
	return client{c, e, door.Call{Caller: caller, SourceIP: "127.0.0.1", UserAgent: "alberti-rotation", TLS: true}}
}

// functionPolicy is what the role of built-in functions may do.
func functionPolicy(rotated, others string) *policy.Document {
	d, err := policy.Parse(fmt.Sprintf(`{"Version":"2008-10-17","Statement":[
		{"Effect":"Allow","Resource":%q,"Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue",
			"secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage","secretsmanager:ListSecretVersionIds"]},
		{"Effect":"Allow","Resource":%q,"Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"]},
		{"Effect":"Allow","Resource":"*","Action":"secretsmanager:GetRandomPassword"}]}`, rotated, others), policy.Identity)
	if err != nil {
		panic(err) // ARNs hold nothing that JSON or a policy would mind
	}
	return d
}

func call[O any](ctx context.Context, c client, operation string, in any) (*O, error) {
	from := c.from
	from.RequestID = uuid.NewString()
	out, err := c.service.Do(ctx, from, operation, in)
	if err != nil {
		return nil, err
	}
	return out.(*O), nil
}

// member is an optional member of an input, absent when it is empty.
func member(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// DescribeSecret implements rotator.Secrets. Of the secret that is rotated it asks
// once for createSecret, setSecret and testSecret.
func (c client) DescribeSecret(ctx context.Context, id string) (d rotator.Description, err error) {
	if id != c.event.SecretID {
		return c.describe(ctx, id)
	}
	if d, ok := c.knows(c.event); ok {
		return d, nil
	}
	if d, err = c.describe(ctx, id); err == nil {
		c.learn(c.event, d)
	}
	return d, err
}

func (c client) describe(ctx context.Context, id string) (rotator.Description, error) {
	out, err := call[secretsmanager.DescribeSecretOutput](ctx, c, "DescribeSecret", &secretsmanager.SecretIDInput{SecretID: &id})
	if err != nil {
		return rotator.Description{}, err
	}
	d := rotator.Description{
		RotationEnabled: out.RotationEnabled != nil && *out.RotationEnabled,
		Stages:          out.VersionIDsToStages,
		Tags:            map[string]string{},
	}
	for _, t := range out.Tags {
		d.Tags[t.Key] = t.Value
	}
	return d, nil
}

// GetSecretValue implements rotator.Secrets.
func (c client) GetSecretValue(ctx context.Context, id, versionID, stage string) (secret.Value, error) {
	in := &secretsmanager.GetSecretValueInput{SecretID: &id, VersionID: member(versionID), VersionStage: member(stage)}
	out, err := call[secretsmanager.GetSecretValueOutput](ctx, c, "GetSecretValue", in)
	if err != nil {
		return secret.Value{}, err
	}
	if out.SecretString.IsZero() {
		return secret.Binary(out.SecretBinary.Reveal()), nil
	}
	return secret.Text(out.SecretString.Reveal()), nil
}

// PutSecretValue implements rotator.Secrets.
func (c client) PutSecretValue(ctx context.Context, id, token string, v secret.Value, stages []string) error {
	in := &secretsmanager.PutSecretValueInput{SecretID: &id, ClientRequestToken: &token, VersionStages: stages}
	if v.IsBinary() {
		in.SecretBinary = awsjson.NewSensitiveBlob(v.Reveal())
	} else {
		in.SecretString = awsjson.NewSensitive(string(v.Reveal()))
	}
	c, err := c.writing(ctx, id)
	if err != nil {
		return err
	}
	_, err = call[secretsmanager.PutSecretValueOutput](ctx, c, "PutSecretValue", in)
	return err
}

// UpdateSecretVersionStage implements rotator.Secrets.
func (c client) UpdateSecretVersionStage(ctx context.Context, id, stage, moveTo, removeFrom string) error {
	in := &secretsmanager.UpdateSecretVersionStageInput{
		SecretID: &id, VersionStage: &stage, MoveToVersionID: member(moveTo), RemoveFromVersionID: member(removeFrom),
	}
	c, err := c.writing(ctx, id)
	if err != nil {
		return err
	}
	_, err = c.service.Do(ctx, c.from, "UpdateSecretVersionStage", in)
	return err
}

// ListSecretVersionIDs implements rotator.Secrets.
func (c client) ListSecretVersionIDs(ctx context.Context, id string) (out []string, err error) {
	in := &secretsmanager.ListSecretVersionIDsInput{SecretID: &id, IncludeDeprecated: true}
	for {
		page, err := call[secretsmanager.ListSecretVersionIDsOutput](ctx, c, "ListSecretVersionIds", in)
		if err != nil {
			return nil, err
		}
		for _, v := range page.Versions {
			out = append(out, v.VersionID)
		}
		if page.NextToken == "" {
			return out, nil
		}
		in.NextToken = &page.NextToken
	}
}

// GetRandomPassword implements rotator.Secrets.
func (c client) GetRandomPassword(ctx context.Context, p rotator.PasswordPolicy) (string, error) {
	length := int64(p.Length)
	in := &secretsmanager.GetRandomPasswordInput{
		PasswordLength: &length, ExcludeCharacters: &p.ExcludeCharacters,
		ExcludeNumbers: p.ExcludeNumbers, ExcludePunctuation: p.ExcludePunctuation,
		ExcludeUppercase: p.ExcludeUppercase, ExcludeLowercase: p.ExcludeLowercase,
		RequireEachIncludedType: &p.RequireEachIncludedType,
	}
	out, err := call[secretsmanager.GetRandomPasswordOutput](ctx, c, "GetRandomPassword", in)
	if err != nil {
		return "", err
	}
	return out.RandomPassword.Reveal(), nil
}
