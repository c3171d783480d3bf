package api

import "context"

// Value is the value of a secret: one of the two.
type Value struct {
	Text   *string `json:"SecretString,omitempty"`
	Binary []byte  `json:"SecretBinary,omitempty"`
}

// Tag is one of a secret's.
type Tag struct{ Key, Value string }

// Secret is what is known of a secret.
type Secret struct {
	ARN, Name          string
	KMSKeyID           string `json:"KmsKeyId"`
	Tags               []Tag
	VersionIDsToStages map[string][]string `json:"VersionIdsToStages"`
}

// NewSecret is a secret to be made.
type NewSecret struct {
	Name, Description string
	Version           string `json:"ClientRequestToken"` // the id of its first
	KMSKeyID          string `json:"KmsKeyId,omitempty"`
	Tags              []Tag  `json:",omitempty"`
	Value
}

// Rotation is one to be started, or the test of one.
type Rotation struct {
	SecretID    string `json:"SecretId"`
	Version     string `json:"ClientRequestToken"`
	FunctionARN string `json:"RotationLambdaARN"`
	Immediately bool   `json:"RotateImmediately"`
}

// bySecretID is all that many operations are told.
type bySecretID struct {
	SecretID string `json:"SecretId"`
}

// secrets calls an operation that may arrive twice.
func (c *Client) secrets(ctx context.Context, operation string, in, out any) error {
	return c.call(ctx, SecretsManager+operation, lost, in, out)
}

// DescribeSecret tells of a secret without its value.
func (c *Client) DescribeSecret(ctx context.Context, secretID string) (s Secret, err error) {
	err = c.secrets(ctx, "DescribeSecret", bySecretID{secretID}, &s)
	return s, err
}

// GetSecretValue gives a version by its id, by a label, or by both; "" leaves one out.
func (c *Client) GetSecretValue(ctx context.Context, secretID, version, label string) (v Value, err error) {
	err = c.secrets(ctx, "GetSecretValue", struct {
		bySecretID
		Version string `json:"VersionId,omitempty"`
		Label   string `json:"VersionStage,omitempty"`
	}{bySecretID{secretID}, version, label}, &v)
	return v, err
}

// CreateSecret gives the ARN of what it makes.
func (c *Client) CreateSecret(ctx context.Context, s NewSecret) (arn string, err error) {
	var out struct{ ARN string }
	err = c.secrets(ctx, "CreateSecret", s, &out)
	return out.ARN, err
}

// PutSecretValue makes a version, with a label.
func (c *Client) PutSecretValue(ctx context.Context, secretID, version, label string, v Value) error {
	return c.secrets(ctx, "PutSecretValue", struct {
		bySecretID
		Version string   `json:"ClientRequestToken"`
		Labels  []string `json:"VersionStages"`
		Value
	}{bySecretID{secretID}, version, []string{label}, v}, nil)
}

// UpdateSecretVersionStage moves a label to a version, from another or, with "", from
// none.
func (c *Client) UpdateSecretVersionStage(ctx context.Context, secretID, label, to, from string) error {
	return c.secrets(ctx, "UpdateSecretVersionStage", struct {
		bySecretID
		Label string `json:"VersionStage"`
		To    string `json:"MoveToVersionId"`
		From  string `json:"RemoveFromVersionId,omitempty"`
	}{bySecretID{secretID}, label, to, from}, nil)
}

// RotateSecret is not sent again when its answer is lost: the second one could be
// refused for what the first one began.
func (c *Client) RotateSecret(ctx context.Context, r Rotation) error {
	return c.call(ctx, SecretsManager+"RotateSecret", unsent, r, nil)
}

// CancelRotateSecret ends the rotation of a secret.
func (c *Client) CancelRotateSecret(ctx context.Context, secretID string) error {
	return c.secrets(ctx, "CancelRotateSecret", bySecretID{secretID}, nil)
}

// DeleteSecret deletes a secret at once: nothing brings it back.
func (c *Client) DeleteSecret(ctx context.Context, secretID string) error {
	return c.secrets(ctx, "DeleteSecret", struct {
		bySecretID
		AtOnce bool `json:"ForceDeleteWithoutRecovery"`
	}{bySecretID{secretID}, true}, nil)
}

// DescribeRotation reads how the rotations of a secret go into out.
func (c *Client) DescribeRotation(ctx context.Context, secretID string, out any) error {
	return c.call(ctx, Alberti+"DescribeRotation", lost, bySecretID{secretID}, out)
}

// DeleteLogGroup deletes a log with all that is in it.
func (c *Client) DeleteLogGroup(ctx context.Context, name string) error {
	return c.call(ctx, Logs+"DeleteLogGroup", lost, map[string]string{"logGroupName": name}, nil)
}
