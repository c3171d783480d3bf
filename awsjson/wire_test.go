package awsjson

import (
	"os"
	"testing"
)

// The wire structs that the tests of this package walk: a few operations of the
// real model, with every form that a member may have.

type getSecretValueInput struct {
	SecretID     string  `json:"SecretId"`
	VersionID    *string `json:"VersionId"`
	VersionStage *string `json:"VersionStage"`
}

type getSecretValueOutput struct {
	ARN           string        `json:"ARN,omitzero"`
	CreatedDate   Time          `json:"CreatedDate,omitzero"`
	Name          string        `json:"Name,omitzero"`
	SecretBinary  SensitiveBlob `json:"SecretBinary,omitzero"`
	SecretString  Sensitive     `json:"SecretString,omitzero"`
	VersionID     string        `json:"VersionId,omitzero"`
	VersionStages []string      `json:"VersionStages,omitzero"`
}

type tag struct {
	Key   *string `json:"Key,omitzero"`
	Value *string `json:"Value,omitzero"`
}

type replicaRegion struct {
	KmsKeyID string `json:"KmsKeyId"`
	Region   string `json:"Region"`
}

type createSecretInput struct {
	AddReplicaRegions           []*replicaRegion `json:"AddReplicaRegions"`
	ClientRequestToken          string           `json:"ClientRequestToken"`
	Description                 *string          `json:"Description"`
	ForceOverwriteReplicaSecret bool             `json:"ForceOverwriteReplicaSecret"`
	KmsKeyID                    string           `json:"KmsKeyId"`
	Name                        *string          `json:"Name"`
	SecretBinary                SensitiveBlob    `json:"SecretBinary"`
	SecretString                Sensitive        `json:"SecretString"`
	Tags                        []tag            `json:"Tags"`
	Type                        string           `json:"Type"`
}

type rotationRules struct {
	AutomaticallyAfterDays *int64  `json:"AutomaticallyAfterDays,omitzero"`
	Duration               *string `json:"Duration,omitzero"`
	ScheduleExpression     string  `json:"ScheduleExpression,omitzero"`
}

type rotateSecretInput struct {
	RotateImmediately *bool          `json:"RotateImmediately"`
	RotationRules     *rotationRules `json:"RotationRules"`
	SecretID          string         `json:"SecretId"`
}

type putSecretValueInput struct {
	RotationToken Sensitive `json:"RotationToken"`
	SecretID      string    `json:"SecretId"`
	VersionStages []string  `json:"VersionStages"`
}

type filter struct {
	Key    string   `json:"Key"`
	Values []string `json:"Values"`
}

type listSecretsInput struct {
	Filters    []filter `json:"Filters"`
	MaxResults *int32   `json:"MaxResults"`
	SortOrder  string   `json:"SortOrder"`
}

type tagResourceInput struct {
	SecretID string `json:"SecretId"`
	Tags     []tag  `json:"Tags"`
}

type describeSecretOutput struct {
	LastRotatedDate    Time                `json:"LastRotatedDate,omitzero"`
	RotationEnabled    *bool               `json:"RotationEnabled,omitzero"`
	RotationRules      *rotationRules      `json:"RotationRules,omitzero"`
	Tags               []tag               `json:"Tags"`
	VersionIdsToStages map[string][]string `json:"VersionIdsToStages,omitzero"`
}

// testModel is the real one.
func testModel(t testing.TB) *Model {
	t.Helper()
	data, err := os.ReadFile("../secretsmanager/model.json")
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseModel(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ptr[T any](v T) *T { return &v }
