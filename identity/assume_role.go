package identity

import (
	"strings"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

type assumeRoleInput struct {
	RoleARN           *string            `json:"RoleArn"`
	RoleSessionName   *string            `json:"RoleSessionName"`
	PolicyARNs        []policyDescriptor `json:"PolicyArns"`
	Policy            *string            `json:"Policy"`
	DurationSeconds   *int64             `json:"DurationSeconds"`
	Tags              []tag              `json:"Tags"`
	TransitiveTagKeys []string           `json:"TransitiveTagKeys"`
	ExternalID        *string            `json:"ExternalId"`
	SerialNumber      *string            `json:"SerialNumber"`
	TokenCode         *string            `json:"TokenCode"`
	SourceIdentity    *string            `json:"SourceIdentity"`
	ProvidedContexts  []providedContext  `json:"ProvidedContexts"`
}

type policyDescriptor struct {
	ARN *string `json:"arn"`
}

type providedContext struct {
	ProviderARN      *string `json:"ProviderArn"`
	ContextAssertion *string `json:"ContextAssertion"`
}

type assumeRoleOutput struct {
	Credentials      credentials     `json:"Credentials"`
	AssumedRoleUser  assumedRoleUser `json:"AssumedRoleUser"`
	PackedPolicySize *int64          `json:"PackedPolicySize"`
	SourceIdentity   string          `json:"SourceIdentity"`
}

type credentials struct {
	AccessKeyID     string            `json:"AccessKeyId"`
	SecretAccessKey awsjson.Sensitive `json:"SecretAccessKey"`
	SessionToken    awsjson.Sensitive `json:"SessionToken"`
	Expiration      awsjson.Time      `json:"Expiration"`
}

type assumedRoleUser struct {
	AssumedRoleID string `json:"AssumedRoleId"`
	ARN           string `json:"Arn"`
}

// assumeRole begins a session of a role (iam-kms.md, 4).
func (s *Service) assumeRole(c *call, in *assumeRoleInput) (*assumeRoleOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	if c.Caller.Type == iam.Root {
		return nil, fault.New(fault.AccessDenied, "Roles may not be assumed by root accounts.")
	}
	return door.View(c, func(tx *store.Tx) (*assumeRoleOutput, error) {
		role, err := roleOf(tx, *in.RoleARN)
		if err != nil {
			return nil, err
		}
		begun, err := in.session(c.Caller)
		if err != nil {
			return nil, err
		}
		if err := s.mayAssume(c, in, begun, role); err != nil {
			return nil, err
		}
		packed, err := packedSize(tx, begun, role)
		if err != nil {
			return nil, err
		}
		d, err := in.duration(c.Caller, role)
		if err != nil {
			return nil, err
		}
		begun.RoleID = role.ID
		made, expires, err := s.Sessions.begin(begun, d)
		if err != nil {
			return nil, err
		}
		return &assumeRoleOutput{
			Credentials: credentials{
				made.AccessKeyID, awsjson.NewSensitive(made.SecretAccessKey), awsjson.NewSensitive(made.SessionToken), awsjson.Time(expires),
			},
			AssumedRoleUser:  assumedRoleUser{role.SessionID(begun.Name), role.SessionARN(begun.Name)},
			PackedPolicySize: packed, SourceIdentity: begun.SourceIdentity,
		}, nil
	})
}

// check refuses what the model lets through.
func (in *assumeRoleInput) check() error {
	part := strings.SplitN(*in.RoleARN, ":", 6)
	switch {
	case len(part) < 6 || part[0] != "arn" || part[1] == "" || part[2] == "" || part[5] == "":
		return fault.New(fault.Validation, "%s is invalid", *in.RoleARN)
	case in.SerialNumber != nil || in.TokenCode != nil:
		return fault.New(fault.AccessDenied, "MultiFactorAuthentication failed with invalid MFA one time pass code. ")
	case len(in.ProvidedContexts) > 0:
		return fault.New(fault.InvalidParameter, "There are no context providers.")
	}
	if in.Policy == nil {
		return nil
	}
	_, err := readDocument(*in.Policy, policy.Identity)
	return err
}

// mayAssume asks the role's trust policy, and where that leaves it to them the
// caller's own. A role that is not there is refused in the same words.
func (s *Service) mayAssume(c *call, in *assumeRoleInput, begun session, role *iam.Role) error {
	actions := []string{"sts:AssumeRole"}
	if len(begun.Tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if in.SourceIdentity != nil {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	var trust *policy.Document
	var about target
	var shown audit.Resource
	if role != nil {
		var err error
		if trust, err = s.Sessions.documents.Read(role.Trust, policy.Trust); err != nil {
			return err
		}
		about = target{tags: role.Tags, requestTags: begun.Tags, tagKeys: keysOf(begun.Tags)}
		shown = audit.Resource{ARN: role.ARN(), AccountID: role.Account, Type: aRole}
		c.About(shown)
	}
	for _, action := range actions {
		if role == nil || !c.Caller.May(iam.Ask{
			Action: action, Resource: role.ARN(), Account: role.Account, Policy: trust, Decides: true,
			Context: func(key string) []string { return in.conditionKey(c, key, about, role) },
		}) {
			return fault.New(fault.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s", c.Caller.ARN, action, *in.RoleARN)
		}
	}
	c.Allow(shown)
	return nil
}

// conditionKey has what only trust policies can ask for, and what all can.
func (in *assumeRoleInput) conditionKey(c *call, key string, about target, role *iam.Role) []string {
	switch key {
	case "sts:externalid":
		return iam.Given(or(in.ExternalID, ""))
	case "sts:rolesessionname":
		return iam.Given(*in.RoleSessionName)
	case "sts:sourceidentity":
		return iam.Given(or(in.SourceIdentity, ""))
	case "sts:transitivetagkeys":
		return in.TransitiveTagKeys
	case "aws:resourceaccount":
		return []string{role.Account}
	}
	return c.conditionKey(key, about)
}

// duration is how long the session is to be. One that begins another may not
// outlast an hour.
func (in *assumeRoleInput) duration(caller iam.Caller, role *iam.Role) (time.Duration, error) {
	d := time.Hour
	if in.DurationSeconds != nil {
		d = seconds(in.DurationSeconds)
	}
	switch {
	case d > role.LongestSession():
		return 0, fault.New(fault.Validation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	case caller.Type == iam.AssumedRole && d > time.Hour:
		return 0, fault.New(fault.Validation, "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	}
	return d, nil
}
