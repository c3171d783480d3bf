package secretsmanager

import (
	"cmp"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// ListSecretVersionIDsInput asks for the versions of a secret, those without
// labels only when told so (secrets-manager.md, 2.8).
type ListSecretVersionIDsInput struct {
	SecretID          *string `json:"SecretId"`
	MaxResults        *int64  `json:"MaxResults"`
	NextToken         *string `json:"NextToken"`
	IncludeDeprecated bool    `json:"IncludeDeprecated"`
}

// ListSecretVersionIDsOutput is a page of versions, oldest first.
type ListSecretVersionIDsOutput struct {
	Versions  []SecretVersion `json:"Versions"`
	NextToken string          `json:"NextToken,omitempty"`
	ARN       string          `json:"ARN"`
	Name      string          `json:"Name"`
}

// SecretVersion is one version without its value.
type SecretVersion struct {
	VersionID        string       `json:"VersionId"`
	VersionStages    []string     `json:"VersionStages,omitempty"`
	LastAccessedDate awsjson.Time `json:"LastAccessedDate,omitzero"`
	CreatedDate      awsjson.Time `json:"CreatedDate,omitzero"`
	KmsKeyIDs        []string     `json:"KmsKeyIds"`
}

// versionPlace is where a page of versions ends: at a place in the order, whether
// or not its version is still listed.
type versionPlace struct {
	Created time.Time `json:"created"`
	ID      string    `json:"id"`
}

func (p versionPlace) before(v SecretVersion) bool {
	return cmp.Or(p.Created.Compare(time.Time(v.CreatedDate)), cmp.Compare(p.ID, v.VersionID)) < 0
}

func (s *Service) listSecretVersionIDs(c *call, in *ListSecretVersionIDsInput) (*ListSecretVersionIDsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ListSecretVersionIDsOutput, error) {
		sec, err := s.open(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		out := &ListSecretVersionIDsOutput{Versions: []SecretVersion{}, ARN: sec.ARN.String(), Name: sec.Name()}
		for _, v := range sec.Versions {
			if !v.HasValue || len(v.Labels) == 0 && !in.IncludeDeprecated {
				continue // a rotation's placeholder is not listed before it has a value (3.2)
			}
			out.Versions = append(out.Versions, SecretVersion{
				VersionID: v.ID, VersionStages: v.Labels, KmsKeyIDs: shownKeys(v.KeyIDs),
				CreatedDate: awsjson.Time(v.Created), LastAccessedDate: awsjson.Time(v.Accessed),
			})
		}
		return out, s.cutVersions(in, out)
	})
}

// cutVersions keeps the page that was asked for. A secret has 100 versions at
// most, so all of them are at hand.
func (s *Service) cutVersions(in *ListSecretVersionIDsInput, out *ListSecretVersionIDsOutput) error {
	about := door.Query(out.ARN, in.IncludeDeprecated)
	if in.NextToken != nil {
		var at versionPlace
		if err := s.openPage(in.NextToken, about, &at); err != nil {
			return err
		}
		out.Versions = slices.DeleteFunc(out.Versions, func(v SecretVersion) bool { return !at.before(v) })
	}
	limit := pageSize(in.MaxResults)
	if len(out.Versions) > limit {
		out.Versions = out.Versions[:limit]
		last := out.Versions[limit-1]
		out.NextToken = door.SealPlace(s.Pages, about, versionPlace{time.Time(last.CreatedDate), last.VersionID})
	}
	return nil
}

// shownKeys names the keys of a version as the API does.
func shownKeys(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if id == "" {
			out[i] = "DefaultEncryptionKey"
		}
	}
	return out
}
