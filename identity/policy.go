package identity

import (
	"fmt"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// managedPolicy is a managed policy on the wire.
type managedPolicy struct {
	PolicyName                    string       `json:"PolicyName"`
	PolicyID                      string       `json:"PolicyId"`
	ARN                           string       `json:"Arn"`
	Path                          string       `json:"Path"`
	DefaultVersionID              string       `json:"DefaultVersionId"`
	AttachmentCount               int64        `json:"AttachmentCount"`
	PermissionsBoundaryUsageCount int64        `json:"PermissionsBoundaryUsageCount"`
	IsAttachable                  bool         `json:"IsAttachable"`
	Description                   string       `json:"Description"`
	CreateDate                    awsjson.Time `json:"CreateDate"`
	UpdateDate                    awsjson.Time `json:"UpdateDate"`
	Tags                          []tag        `json:"Tags"`
}

// showPolicy shows a policy with where it is used, as ListPolicies does: without
// its tags (iam-kms.md, 3.3).
func showPolicy(tx *store.Tx, p *iam.ManagedPolicy) (managedPolicy, error) {
	out := managedPolicy{
		PolicyName: p.Name, PolicyID: p.ID, ARN: p.ARN(), Path: p.Path, DefaultVersionID: versionID(p.Default),
		IsAttachable: true, Description: p.Description, CreateDate: awsjson.Time(p.Created), UpdateDate: awsjson.Time(p.Updated),
	}
	attached, err := tx.AttachedTo(out.ARN)
	if err != nil {
		return out, err
	}
	bounds, err := tx.BoundaryOf(out.ARN)
	out.AttachmentCount, out.PermissionsBoundaryUsageCount = int64(len(attached)), int64(len(bounds))
	return out, err
}

func versionID(number int64) string { return fmt.Sprintf("v%d", number) }

// policyOf finds what an ARN names: a policy of the account or one of AWS.
func policyOf(tx *store.Tx, account, arn string) (*iam.ManagedPolicy, error) {
	kind, owner, _, name, ok := iam.ParseARN(arn)
	if !ok || kind != "policy" {
		return nil, fault.New(fault.Validation, "Invalid ARN:  Could not be parsed!")
	}
	if p := awsPolicyOf(arn); p != nil {
		return &p.ManagedPolicy, nil
	}
	if owner != account {
		return nil, noPolicy(arn)
	}
	p, err := tx.ManagedPolicy(account, name)
	if err == nil && (p == nil || p.ARN() != arn) {
		err = noPolicy(arn)
	}
	return p, err
}

func noPolicy(arn string) error { return fault.New(fault.NotFound, "Policy %s was not found.", arn) }

// attachable is policyOf for who would attach it.
func attachable(tx *store.Tx, account, arn string) (*iam.ManagedPolicy, error) {
	p, err := policyOf(tx, account, arn)
	if fault.KindOf(err) == fault.NotFound {
		return nil, fault.Wrap(fault.NotFound, err, "Policy %s does not exist or is not attachable.", arn)
	}
	return p, err
}

// versionsOf lists the versions of a policy, the newest first.
func versionsOf(tx *store.Tx, p *iam.ManagedPolicy) ([]iam.PolicyVersion, error) {
	if found := awsPolicyOf(p.ARN()); found != nil {
		return []iam.PolicyVersion{{Number: found.Default, Document: found.document, Created: found.Updated}}, nil
	}
	return tx.PolicyVersions(p.ID)
}

// openPolicy is the way to a managed policy: it authorises the caller and only
// then says whether there is such a policy.
func (s *Service) openPolicy(tx *store.Tx, c *call, arn string, asks ...func(*target)) (*iam.ManagedPolicy, error) {
	p, missing := policyOf(tx, c.Caller.Account, arn)
	t := target{arn: arn, kind: aPolicy}
	if missing == nil {
		t.tags = p.Tags
	}
	for _, ask := range asks {
		ask(&t)
	}
	if err := c.authorize(t); err != nil {
		return nil, err
	}
	return p, missing
}

// openOwn is openPolicy for changes, which nobody here makes to those of AWS.
func (s *Service) openOwn(tx *store.Tx, c *call, arn string, asks ...func(*target)) (*iam.ManagedPolicy, error) {
	p, err := s.openPolicy(tx, c, arn, asks...)
	if err == nil && p.Account != c.Caller.Account {
		err = fault.New(fault.AccessDenied, "User: %s is not authorized to perform: iam:%s on resource: policy %s", c.Caller.ARN, c.Op.Name, arn)
	}
	return p, err
}
