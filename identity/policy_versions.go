package identity

import (
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// maxVersions is how many versions of a policy are kept.
const maxVersions = 5

type policyVersion struct {
	Document         string       `json:"Document"`
	VersionID        string       `json:"VersionId"`
	IsDefaultVersion bool         `json:"IsDefaultVersion"`
	CreateDate       awsjson.Time `json:"CreateDate"`
}

// listedVersion shows a version without its text.
func listedVersion(p *iam.ManagedPolicy, v iam.PolicyVersion) policyVersion {
	return policyVersion{VersionID: versionID(v.Number), IsDefaultVersion: v.Number == p.Default, CreateDate: awsjson.Time(v.Created)}
}

type versionOutput struct {
	PolicyVersion policyVersion `json:"PolicyVersion"`
}

type createVersionInput struct {
	PolicyARN      *string `json:"PolicyArn"`
	PolicyDocument *string `json:"PolicyDocument"`
	SetAsDefault   bool    `json:"SetAsDefault"`
}

// createPolicyVersion keeps another text of a policy, and puts it in force if it
// is told to.
func (s *Service) createPolicyVersion(c *call, in *createVersionInput) (*versionOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*versionOutput, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		if err := readManaged(*in.PolicyDocument); err != nil {
			return nil, err
		}
		versions, err := tx.PolicyVersions(p.ID)
		if err != nil {
			return nil, err
		}
		if len(versions) >= maxVersions {
			return nil, fault.New(fault.LimitExceeded, "A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		p.Last++
		v := iam.PolicyVersion{Number: p.Last, Document: *in.PolicyDocument, Created: tx.Now()}
		if err := tx.AddPolicyVersion(p.ID, v); err != nil {
			return nil, err
		}
		if in.SetAsDefault {
			p.Default, p.Updated = v.Number, tx.Now()
		}
		return &versionOutput{listedVersion(p, v)}, tx.PutManagedPolicy(p)
	})
}

type versionInput struct {
	PolicyARN *string `json:"PolicyArn"`
	VersionID *string `json:"VersionId"`
}

// findVersion finds the version that is asked for.
func findVersion(tx *store.Tx, p *iam.ManagedPolicy, id string) (iam.PolicyVersion, error) {
	versions, err := versionsOf(tx, p)
	if err != nil {
		return iam.PolicyVersion{}, err
	}
	i := slices.IndexFunc(versions, func(v iam.PolicyVersion) bool { return versionID(v.Number) == id })
	if i < 0 {
		return iam.PolicyVersion{}, fault.New(fault.NotFound, "Policy %s version %s does not exist or is not attachable.", p.ARN(), id)
	}
	return versions[i], nil
}

func (s *Service) getPolicyVersion(c *call, in *versionInput) (*versionOutput, error) {
	return door.View(c, func(tx *store.Tx) (*versionOutput, error) {
		p, err := s.openPolicy(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		v, err := findVersion(tx, p, *in.VersionID)
		out := listedVersion(p, v)
		out.Document = escaped(v.Document)
		return &versionOutput{out}, err
	})
}

func (s *Service) setDefaultPolicyVersion(c *call, in *versionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		v, err := findVersion(tx, p, *in.VersionID)
		if err != nil {
			return nil, err
		}
		p.Default, p.Updated = v.Number, tx.Now()
		return &door.Nothing{}, tx.PutManagedPolicy(p)
	})
}

func (s *Service) deletePolicyVersion(c *call, in *versionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		v, err := findVersion(tx, p, *in.VersionID)
		switch {
		case err != nil:
			return nil, err
		case v.Number == p.Default:
			return nil, fault.New(fault.DeleteConflict, "Cannot delete the default version of a policy.")
		}
		return &door.Nothing{}, tx.DeletePolicyVersion(p.ID, v.Number)
	})
}

type listVersionsInput struct {
	PolicyARN *string `json:"PolicyArn"`
	Marker    *string `json:"Marker"`
	MaxItems  *int64  `json:"MaxItems"`
}

type listVersionsOutput struct {
	Versions    []policyVersion `json:"Versions"`
	IsTruncated bool            `json:"IsTruncated"`
	Marker      string          `json:"Marker"`
}

func (s *Service) listPolicyVersions(c *call, in *listVersionsInput) (*listVersionsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listVersionsOutput, error) {
		p, err := s.openPolicy(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		l, err := s.list(in.Marker, in.MaxItems, "versions", p.ID)
		if err != nil {
			return nil, err
		}
		versions, err := versionsOf(tx, p)
		if err != nil {
			return nil, err
		}
		// The newest come first: in the order of what is left to the highest number.
		newest := func(v iam.PolicyVersion) string { return fmt.Sprintf("%020d", 1<<62-v.Number) }
		out := &listVersionsOutput{Versions: []policyVersion{}}
		versions, out.IsTruncated, out.Marker = cut(l, rest(l, versions, newest), newest)
		for _, v := range versions {
			out.Versions = append(out.Versions, listedVersion(p, v))
		}
		return out, nil
	})
}
