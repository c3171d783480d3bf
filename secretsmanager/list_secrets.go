package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// ListSecretsInput asks for a page of secrets (secrets-manager.md, 2.9).
type ListSecretsInput struct {
	IncludePlannedDeletion *bool    `json:"IncludePlannedDeletion"`
	MaxResults             *int64   `json:"MaxResults"`
	NextToken              *string  `json:"NextToken"`
	Filters                []Filter `json:"Filters"`
	SortOrder              *string  `json:"SortOrder"`
	SortBy                 *string  `json:"SortBy"`
}

// Filter keeps the secrets that match one of its values.
type Filter struct {
	Key    *string  `json:"Key"`
	Values []string `json:"Values"`
}

// ListSecretsOutput is a page of secrets; more follow while NextToken is there.
type ListSecretsOutput struct {
	SecretList []SecretListEntry `json:"SecretList"`
	NextToken  string            `json:"NextToken,omitempty"`
}

// SecretListEntry is a secret in a listing: what DescribeSecret tells, with
// another name for the labels.
type SecretListEntry struct {
	ARN                    string              `json:"ARN"`
	Name                   string              `json:"Name"`
	Description            string              `json:"Description,omitempty"`
	KmsKeyID               string              `json:"KmsKeyId,omitempty"`
	RotationEnabled        *bool               `json:"RotationEnabled,omitzero"`
	RotationLambdaARN      string              `json:"RotationLambdaARN,omitempty"`
	RotationRules          *RotationRules      `json:"RotationRules,omitzero"`
	LastRotatedDate        awsjson.Time        `json:"LastRotatedDate,omitzero"`
	LastChangedDate        awsjson.Time        `json:"LastChangedDate,omitzero"`
	LastAccessedDate       awsjson.Time        `json:"LastAccessedDate,omitzero"`
	DeletedDate            awsjson.Time        `json:"DeletedDate,omitzero"`
	NextRotationDate       awsjson.Time        `json:"NextRotationDate,omitzero"`
	Tags                   []secret.Tag        `json:"Tags,omitzero"`
	CreatedDate            awsjson.Time        `json:"CreatedDate,omitzero"`
	SecretVersionsToStages map[string][]string `json:"SecretVersionsToStages,omitempty"`
	PrimaryRegion          string              `json:"PrimaryRegion,omitempty"`
	OwningService          string              `json:"OwningService,omitempty"`
}

func (s *Service) listSecrets(c *call, in *ListSecretsInput) (*ListSecretsOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	filters, err := readFilters(in.Filters)
	if err != nil {
		return nil, err
	}
	page := store.Listing{
		Account: c.Caller.Account, Region: c.Caller.Region, By: sortColumn(text(in.SortBy)),
		Descending: text(in.SortOrder) == "desc", Deleted: in.IncludePlannedDeletion != nil && *in.IncludePlannedDeletion,
	}
	query := door.Query("ListSecrets", page.Account, page.Region, page.By, page.Descending, page.Deleted, filters)
	if err := s.openPage(in.NextToken, query, &page.After); err != nil {
		return nil, err
	}
	page.Limit = pageSize(in.MaxResults)
	out := &ListSecretsOutput{SecretList: []SecretListEntry{}}
	return door.View(c, func(tx *store.Tx) (*ListSecretsOutput, error) {
		freezes, err := tx.Freezes(page.Account, page.Region)
		if err != nil {
			return nil, err
		}
		found, err := tx.Search(page, filters)
		for _, sec := range found.Secrets {
			out.SecretList = append(out.SecretList, listed(sec, freezes))
		}
		if found.More {
			out.NextToken = door.SealPlace(s.Pages, query, found.End)
		}
		return out, err
	})
}

func listed(sec *secret.Secret, freezes secret.Freezes) SecretListEntry {
	d := describe(sec, freezes)
	return SecretListEntry{
		ARN: d.ARN, Name: d.Name, Description: d.Description, KmsKeyID: d.KmsKeyID,
		RotationEnabled: d.RotationEnabled, RotationLambdaARN: d.RotationLambdaARN, RotationRules: d.RotationRules,
		LastRotatedDate: d.LastRotatedDate, LastChangedDate: d.LastChangedDate, LastAccessedDate: d.LastAccessedDate,
		DeletedDate: d.DeletedDate, NextRotationDate: d.NextRotationDate, Tags: d.Tags, CreatedDate: d.CreatedDate,
		SecretVersionsToStages: d.VersionIDsToStages, PrimaryRegion: d.PrimaryRegion, OwningService: d.OwningService,
	}
}

func sortColumn(by string) store.Order {
	switch by {
	case "last-accessed-date":
		return store.ByAccessed
	case "last-changed-date":
		return store.ByChanged
	case "name":
		return store.ByName
	}
	return store.ByCreated
}

func readFilters(given []Filter) (secret.Filters, error) {
	var out secret.Filters
	for _, f := range given {
		if f.Key == nil {
			return nil, fault.New(fault.InvalidParameter, "Invalid filter key")
		}
		if len(f.Values) == 0 {
			return nil, fault.New(fault.InvalidParameter, "Invalid filter values for key: %s", *f.Key)
		}
		out = append(out, secret.Filter{Key: *f.Key, Values: f.Values})
	}
	return out, nil
}
