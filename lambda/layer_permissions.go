package lambda

import (
	"cmp"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// AddLayerVersionPermissionInput lets somebody use a version of a layer
// (lambda.md, 2.9).
type AddLayerVersionPermissionInput struct {
	LayerName      *string `json:"LayerName"`
	VersionNumber  *int64  `json:"VersionNumber"`
	StatementID    *string `json:"StatementId"`
	Action         *string `json:"Action"`
	Principal      *string `json:"Principal"`
	OrganizationID *string `json:"OrganizationId"`
	RevisionID     *string `json:"RevisionId"`
}

// AddLayerVersionPermissionOutput has the new statement, which is JSON in a text,
// and the policy's revision.
type AddLayerVersionPermissionOutput struct {
	Statement  string `json:"Statement"`
	RevisionID string `json:"RevisionId"`
}

func (in *AddLayerVersionPermissionInput) permission() function.Permission {
	return function.Permission{
		Sid: text(in.StatementID), Action: text(in.Action), Principal: text(in.Principal), OrganizationID: text(in.OrganizationID),
	}
}

// policyOfLayer opens a version of a layer, which must be there, for a change of
// its policy.
func (s *Service) policyOfLayer(tx *store.Tx, c *call, name *string, number *int64) (*function.LayerVersion, error) {
	v, ref, err := s.openLayer(tx, c, name, number)
	if err == nil && v == nil {
		err = errNoLayer(ref)
	}
	return v, err
}

const layerPolicyAPI = "GetLayerPolicy"

func (s *Service) addLayerVersionPermission(c *call, in *AddLayerVersionPermissionInput) (*AddLayerVersionPermissionOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*AddLayerVersionPermissionOutput, error) {
		v, err := s.policyOfLayer(tx, c, in.LayerName, in.VersionNumber)
		if err != nil {
			return nil, err
		}
		if taken, err := tx.HasLayerPermission(v.Ref, *in.StatementID); err != nil || taken {
			return nil, cmp.Or(err, errSidTaken(*in.StatementID))
		}
		if err := function.CheckRevision(in.RevisionID, v.PolicyRevision, layerPolicyAPI); err != nil {
			return nil, err
		}
		others, err := tx.LayerStatements(v.Ref)
		if err != nil {
			return nil, err
		}
		statement, err := fitting(in.permission(), v.Ref.VersionARN(), others)
		if err != nil {
			return nil, err
		}
		out := &AddLayerVersionPermissionOutput{statement, uuid.NewString()}
		return out, tx.AddLayerPermission(v.Ref, *in.StatementID, statement, out.RevisionID)
	})
}

// RemoveLayerVersionPermissionInput names a statement of the policy of a version
// of a layer.
type RemoveLayerVersionPermissionInput struct {
	LayerName     *string `json:"LayerName"`
	VersionNumber *int64  `json:"VersionNumber"`
	StatementID   *string `json:"StatementId"`
	RevisionID    *string `json:"RevisionId"`
}

func (s *Service) removeLayerVersionPermission(c *call, in *RemoveLayerVersionPermissionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		v, err := s.policyOfLayer(tx, c, in.LayerName, in.VersionNumber)
		if err != nil {
			return nil, err
		}
		if err := function.CheckRevision(in.RevisionID, v.PolicyRevision, layerPolicyAPI); err != nil {
			return nil, err
		}
		there, err := tx.HasLayerPermission(v.Ref, *in.StatementID)
		if err != nil {
			return nil, err
		}
		if !there {
			return nil, errNoStatement(*in.StatementID)
		}
		return &door.Nothing{}, tx.RemoveLayerPermission(v.Ref, *in.StatementID, uuid.NewString())
	})
}

func (s *Service) getLayerVersionPolicy(c *call, in *LayerVersionInput) (*GetPolicyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*GetPolicyOutput, error) {
		v, err := s.policyOfLayer(tx, c, in.LayerName, in.VersionNumber)
		if err != nil {
			return nil, err
		}
		statements, err := tx.LayerStatements(v.Ref)
		if err != nil {
			return nil, err
		}
		if len(statements) == 0 {
			return nil, errNoPolicy
		}
		return &GetPolicyOutput{PolicyText(statements), v.PolicyRevision}, nil
	})
}
