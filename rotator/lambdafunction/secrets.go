package lambdafunction

import (
	"context"
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Connect makes Secrets Manager, as functions ask for it, of a client of AWS's SDK.
// The role of the function needs DescribeSecret, GetSecretValue, PutSecretValue,
// UpdateSecretVersionStage and ListSecretVersionIds on the secret, and
// GetRandomPassword.
func Connect(c *secretsmanager.Client) rotator.Connect {
	return func(e contract.Event) rotator.Secrets { return client{c, e.RotationToken} }
}

// client is Secrets Manager for one invocation.
type client struct {
	*secretsmanager.Client
	rotationToken string
}

// DescribeSecret implements rotator.Secrets.
func (c client) DescribeSecret(ctx context.Context, id string) (rotator.Description, error) {
	out, err := c.Client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return rotator.Description{}, kinded(err)
	}
	d := rotator.Description{
		RotationEnabled: aws.ToBool(out.RotationEnabled), Stages: out.VersionIdsToStages, Tags: map[string]string{},
	}
	for _, t := range out.Tags {
		d.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return d, nil
}

// GetSecretValue implements rotator.Secrets.
func (c client) GetSecretValue(ctx context.Context, id, versionID, stage string) (secret.Value, error) {
	out, err := c.Client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &id, VersionId: member(versionID), VersionStage: member(stage),
	})
	switch {
	case err != nil:
		return secret.Value{}, kinded(err)
	case out.SecretString == nil:
		return secret.Binary(out.SecretBinary), nil
	}
	return secret.Text(*out.SecretString), nil
}

// PutSecretValue implements rotator.Secrets.
func (c client) PutSecretValue(ctx context.Context, id, token string, v secret.Value, stages []string) error {
	in := &secretsmanager.PutSecretValueInput{
		SecretId: &id, ClientRequestToken: &token, VersionStages: stages, RotationToken: member(c.rotationToken),
	}
	if v.IsBinary() {
		in.SecretBinary = v.Reveal()
	} else {
		in.SecretString = aws.String(string(v.Reveal()))
	}
	_, err := c.Client.PutSecretValue(ctx, in)
	return kinded(err)
}

// UpdateSecretVersionStage implements rotator.Secrets.
func (c client) UpdateSecretVersionStage(ctx context.Context, id, stage, moveTo, removeFrom string) error {
	_, err := c.Client.UpdateSecretVersionStage(ctx, &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: &id, VersionStage: &stage, MoveToVersionId: member(moveTo), RemoveFromVersionId: member(removeFrom),
	})
	return kinded(err)
}

// ListSecretVersionIDs implements rotator.Secrets. AWS promises no order, so the
// dates make one.
func (c client) ListSecretVersionIDs(ctx context.Context, id string) (out []string, err error) {
	var versions []types.SecretVersionsListEntry
	pages := secretsmanager.NewListSecretVersionIdsPaginator(c.Client, &secretsmanager.ListSecretVersionIdsInput{
		SecretId: &id, IncludeDeprecated: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, kinded(err)
		}
		versions = append(versions, page.Versions...)
	}
	slices.SortStableFunc(versions, func(a, b types.SecretVersionsListEntry) int {
		return aws.ToTime(a.CreatedDate).Compare(aws.ToTime(b.CreatedDate))
	})
	for _, v := range versions {
		out = append(out, aws.ToString(v.VersionId))
	}
	return out, nil
}

// GetRandomPassword implements rotator.Secrets.
func (c client) GetRandomPassword(ctx context.Context, p rotator.PasswordPolicy) (string, error) {
	out, err := c.Client.GetRandomPassword(ctx, &secretsmanager.GetRandomPasswordInput{
		PasswordLength: aws.Int64(int64(p.Length)), ExcludeCharacters: &p.ExcludeCharacters,
		ExcludeNumbers: &p.ExcludeNumbers, ExcludePunctuation: &p.ExcludePunctuation,
		ExcludeUppercase: &p.ExcludeUppercase, ExcludeLowercase: &p.ExcludeLowercase,
		RequireEachIncludedType: &p.RequireEachIncludedType,
	})
	if err != nil {
		return "", kinded(err)
	}
	return aws.ToString(out.RandomPassword), nil
}

// kinded gives an error of AWS's the kind that functions look at: whether something
// is not there.
func kinded(err error) error {
	var notFound *types.ResourceNotFoundException
	if errors.As(err, &notFound) {
		return fault.Wrap(fault.NotFound, err, "")
	}
	return err
}

// member is an optional member of an input, absent when it is empty.
func member(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
