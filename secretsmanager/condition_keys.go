package secretsmanager

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/secret"
)

// This file has the condition keys that policies can ask about, in lower case,
// but for those about the caller, which package iam has, and those of every
// request, which package door has. Nothing of it is computed before a policy asks.

// conditionKey gives the values of a key, nil where the request has none.
func (c *call) conditionKey(key string, t target) []string {
	if values := c.ConditionKey(key, t.account); values != nil {
		return values
	}
	if key == "secretsmanager:secretprimaryregion" {
		return t.ifSecret(cmp.Or(t.primaryRegion(), c.Caller.Region))
	}
	if values := t.conditionKey(key); values != nil {
		return values
	}
	if name, ok := strings.CutPrefix(key, "aws:requesttag/"); ok {
		return tagged(requestTags(c.In), name)
	}
	if key == "aws:tagkeys" {
		return tagKeys(c.In)
	}
	if name, ok := strings.CutPrefix(key, "secretsmanager:"); ok {
		return requestKeys(c.In)[name]
	}
	return nil
}

// conditionKey has what is known of the secret (secrets-manager.md, 6.2).
func (t target) conditionKey(key string) []string {
	switch key {
	case "secretsmanager:secretid":
		return t.ifSecret(t.arn)
	case "secretsmanager:resource/allowrotationlambdaarn":
		return iam.Given(t.functionARN())
	}
	for _, prefix := range []string{"aws:resourcetag/", "secretsmanager:resourcetag/"} {
		if name, ok := strings.CutPrefix(key, prefix); ok {
			return tagged(t.tags(), name)
		}
	}
	return nil
}

// requestKeys has what the request has parameters for, and nothing for one that
// was left out (secrets-manager.md, 6.2). They follow secretsmanager: in a policy.
func requestKeys(in any) map[string][]string {
	switch in := in.(type) {
	case *CreateSecretInput:
		return map[string][]string{
			"name":                        iam.Given(text(in.Name)),
			"description":                 iam.Given(text(in.Description)),
			"kmskeyid":                    iam.Given(text(in.KmsKeyID)),
			"kmskeyarn":                   ifARN(text(in.KmsKeyID)),
			"type":                        iam.Given(text(in.Type)),
			"addreplicaregions":           regionsOf(in.AddReplicaRegions),
			"forceoverwritereplicasecret": ifSet(in.ForceOverwriteReplicaSecret),
		}
	case *ReplicateSecretToRegionsInput:
		return map[string][]string{
			"addreplicaregions":           regionsOf(in.AddReplicaRegions),
			"forceoverwritereplicasecret": ifSet(in.ForceOverwriteReplicaSecret),
		}
	case *UpdateSecretInput:
		return map[string][]string{
			"description": ifPointed(in.Description),
			"kmskeyid":    ifPointed(in.KmsKeyID),
			"kmskeyarn":   ifARN(text(in.KmsKeyID)),
			"type":        iam.Given(text(in.Type)),
		}
	case *DeleteSecretInput:
		return map[string][]string{
			"recoverywindowindays":       number(in.RecoveryWindowInDays),
			"forcedeletewithoutrecovery": yesNo(in.ForceDeleteWithoutRecovery),
		}
	case *GetSecretValueInput:
		return map[string][]string{"versionid": iam.Given(text(in.VersionID)), "versionstage": iam.Given(text(in.VersionStage))}
	case *UpdateSecretVersionStageInput:
		return map[string][]string{"versionstage": iam.Given(text(in.VersionStage))}
	case *PutResourcePolicyInput:
		return map[string][]string{"blockpublicpolicy": yesNo(in.BlockPublicPolicy)}
	case *RotateSecretInput:
		rules := in.RotationRules != nil
		return map[string][]string{
			"rotationlambdaarn":             iam.Given(text(in.RotationLambdaARN)),
			"rotateimmediately":             yesNo(in.RotateImmediately),
			"modifyrotationrules":           yesNo(&rules),
			"externalsecretrotationrolearn": iam.Given(text(in.ExternalSecretRotationRoleArn)),
		}
	}
	return nil
}

// requestTags are the tags that a request brings.
func requestTags(in any) []secret.Tag {
	switch in := in.(type) {
	case *CreateSecretInput:
		return readTags(in.Tags)
	case *TagResourceInput:
		return readTags(in.Tags)
	}
	return nil
}

// tagKeys are the tags that a request brings or takes.
func tagKeys(in any) (out []string) {
	if in, ok := in.(*UntagResourceInput); ok {
		return in.TagKeys
	}
	for _, t := range requestTags(in) {
		out = append(out, t.Key)
	}
	return out
}

// tagged is the value of a tag, whose key is compared in any case.
func tagged(tags []secret.Tag, key string) []string {
	for _, t := range tags {
		if strings.EqualFold(t.Key, key) {
			return []string{t.Value}
		}
	}
	return nil
}

func ifPointed(text *string) []string {
	if text == nil {
		return nil
	}
	return []string{*text}
}

func ifARN(text string) []string {
	if !strings.HasPrefix(text, "arn:") {
		return nil
	}
	return []string{text}
}

func ifSet(b bool) []string {
	if !b {
		return nil
	}
	return []string{"true"}
}

func yesNo(b *bool) []string {
	if b == nil {
		return nil
	}
	return []string{strconv.FormatBool(*b)}
}

func number(n *int64) []string {
	if n == nil {
		return nil
	}
	return []string{strconv.FormatInt(*n, 10)}
}
