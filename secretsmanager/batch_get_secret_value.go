package secretsmanager

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// BatchGetSecretValueInput asks for the current values of some secrets, or of all
// that pass filters (secrets-manager.md, 2.6).
type BatchGetSecretValueInput struct {
	SecretIDList []string `json:"SecretIdList"`
	Filters      []Filter `json:"Filters"`
	MaxResults   *int64   `json:"MaxResults"`
	NextToken    *string  `json:"NextToken"`
}

// BatchGetSecretValueOutput has for each secret its value, or why there is none.
type BatchGetSecretValueOutput struct {
	SecretValues []GetSecretValueOutput `json:"SecretValues"`
	NextToken    string                 `json:"NextToken,omitempty"`
	Errors       []BatchError           `json:"Errors"`
}

// BatchError is why one secret of a batch could not be read.
type BatchError struct {
	SecretID  string `json:"SecretId"`
	ErrorCode string `json:"ErrorCode"`
	Message   string `json:"Message"`
}

const mostInBatch = 20

func (s *Service) batchGetSecretValue(c *call, in *BatchGetSecretValueInput) (*BatchGetSecretValueOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	out := &BatchGetSecretValueOutput{SecretValues: []GetSecretValueOutput{}, Errors: []BatchError{}}
	ids := in.SecretIDList
	switch {
	case (len(in.SecretIDList) > 0) == (len(in.Filters) > 0):
		return nil, fault.New(fault.InvalidParameter, "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
	case len(in.Filters) > 0:
		var err error
		if ids, out.NextToken, err = s.batchPage(c, in); err != nil {
			return nil, err
		}
	case in.MaxResults != nil:
		return nil, fault.New(fault.InvalidParameter,
			"'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.")
	case in.NextToken != nil:
		return nil, fault.New(fault.InvalidNextToken, badPage) // a list has no pages
	}
	for _, id := range ids {
		if err := s.addToBatch(c, id, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// batchPage finds the secrets of a batch by filters, as ListSecrets does, which
// the caller must be allowed to do.
func (s *Service) batchPage(c *call, in *BatchGetSecretValueInput) (arns []string, next string, err error) {
	if err := c.may(s.Actions+"ListSecrets", nothingNamed(c.Caller.Account)); err != nil {
		return nil, "", err
	}
	filters, err := readFilters(in.Filters)
	if err != nil {
		return nil, "", err
	}
	page := store.Listing{Account: c.Caller.Account, Region: c.Caller.Region, By: store.ByCreated, Limit: mostInBatch}
	if in.MaxResults != nil {
		page.Limit = int(*in.MaxResults)
	}
	query := door.Query("BatchGetSecretValue", page.Account, page.Region, filters)
	if err := s.openPage(in.NextToken, query, &page.After); err != nil {
		return nil, "", err
	}
	err = s.Store.View(c.Ctx, func(tx *store.Tx) error {
		found, err := tx.Search(page, filters)
		for _, sec := range found.Secrets {
			arns = append(arns, sec.ARN.String())
		}
		if found.More {
			next = door.SealPlace(s.Pages, query, found.End)
		}
		return err
	})
	return arns, next, err
}

// addToBatch reads one secret as GetSecretValue does, with its permission and an
// event of its own. Only a failure of the server fails the batch.
func (s *Service) addToBatch(c *call, id string, out *BatchGetSecretValueOutput) error {
	value, err := s.getForBatch(c, id)
	switch {
	case err == nil:
		out.SecretValues = append(out.SecretValues, *value.(*GetSecretValueOutput))
	case fault.KindOf(err) == fault.Internal:
		return err
	default:
		out.Errors = append(out.Errors, BatchError{SecretID: id, ErrorCode: awsjson.Code(err), Message: awsjson.Message(err)})
	}
	return nil
}

func (s *Service) getForBatch(c *call, id string) (any, error) {
	return s.Pass(&call{
		Passage: door.Passage{Call: c.Call, Ctx: c.Ctx, In: &GetSecretValueInput{SecretID: &id}}, service: s, inBatch: true,
	}, "GetSecretValue")
}
