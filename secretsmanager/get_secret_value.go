package secretsmanager

import (
	"slices"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/jsonwrite"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// GetSecretValueInput asks for a value, by default the one with AWSCURRENT
// (secrets-manager.md, 2.5).
type GetSecretValueInput struct {
	SecretID     *string `json:"SecretId"`
	VersionID    *string `json:"VersionId"`
	VersionStage *string `json:"VersionStage"`
}

// ReadShort implements [awsjson.Short]: a request for the current value.
func (in *GetSecretValueInput) ReadShort(data []byte) bool {
	id, ok := awsjson.OnlyText(data, "SecretId")
	if ok {
		in.SecretID = &id
	}
	return ok
}

// GetSecretValueOutput is one version with its value.
type GetSecretValueOutput struct {
	ARN           string                `json:"ARN"`
	Name          string                `json:"Name"`
	VersionID     string                `json:"VersionId"`
	SecretBinary  awsjson.SensitiveBlob `json:"SecretBinary,omitzero"`
	SecretString  awsjson.Sensitive     `json:"SecretString,omitzero"`
	VersionStages []string              `json:"VersionStages,omitempty"`
	CreatedDate   awsjson.Time          `json:"CreatedDate,omitzero"`
}

// AppendJSON implements [awsjson.Appender].
func (o *GetSecretValueOutput) AppendJSON(b []byte) []byte {
	w := jsonwrite.Writer{Buf: b}
	w.Open("")
	w.Text("ARN", o.ARN)
	w.Text("Name", o.Name)
	w.Text("VersionId", o.VersionID)
	if !o.SecretBinary.IsZero() {
		w.Blob("SecretBinary", o.SecretBinary.Reveal())
	}
	if !o.SecretString.IsZero() {
		w.Text("SecretString", o.SecretString.Reveal())
	}
	if len(o.VersionStages) > 0 {
		w.Texts("VersionStages", o.VersionStages)
	}
	if !o.CreatedDate.IsZero() {
		w.Name("CreatedDate")
		w.Buf = o.CreatedDate.AppendNumber(w.Buf)
	}
	w.Close()
	return w.Buf
}

func (s *Service) getSecretValue(c *call, in *GetSecretValueInput) (*GetSecretValueOutput, error) {
	id, err := secret.ParseID(*in.SecretID, c.Caller.Account, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	if c.inBatch && id.Account != c.Caller.Account {
		return nil, secret.ErrNotFound // a batch does not reach other accounts (2.6)
	}
	which := store.Choice{VersionID: text(in.VersionID), Label: text(in.VersionStage)}
	if which == (store.Choice{}) {
		which.Label = secret.Current
	}
	found, err := s.Store.Value(c.Ctx, id, which)
	if err != nil {
		return nil, err
	}
	about := targetOfValue(id, found, *in.SecretID)
	if err := c.authorize(about); err != nil {
		return nil, err
	}
	if err := readable(found, which); err != nil {
		return nil, err
	}
	if err := c.mayUseKey(id.Account, found.KeyID); err != nil {
		return nil, err
	}
	place := keyring.Context{SecretARN: about.arn, VersionID: found.VersionID}
	value, err := s.Ring.Open(c.Ctx, found.Sealed, place)
	if err != nil {
		return nil, err
	}
	s.Store.Keep(found, func() secret.Sealed { return s.Ring.Hold(place, value) })
	s.Store.Touch(found, s.Store.Now())
	out := &GetSecretValueOutput{
		ARN: about.arn, Name: found.ARN.Name, VersionID: found.VersionID,
		VersionStages: found.Labels, CreatedDate: awsjson.Time(found.Created),
	}
	out.SecretString, out.SecretBinary = shownValue(value)
	return out, nil
}

// readable refuses what was found when it is not what was asked for.
func readable(f *store.Found, which store.Choice) error {
	switch {
	case f == nil:
		return secret.ErrNotFound
	case !f.DeleteAt.IsZero():
		return secret.ErrDeleted
	case which.VersionID != "" && (f.VersionID == "" || f.Sealed.Ciphertext == nil && which.Label == ""):
		return fault.New(fault.NotFound,
			"Secrets Manager can't find the specified secret value for VersionId: %s", which.VersionID)
	case which.VersionID != "" && which.Label != "" && !slices.Contains(f.Labels, which.Label):
		return fault.New(fault.InvalidRequest,
			"You provided a VersionStage that is not associated to the provided VersionId.")
	case f.VersionID == "" || f.Sealed.Ciphertext == nil:
		return fault.New(fault.NotFound,
			"Secrets Manager can't find the specified secret value for staging label: %s", which.Label)
	}
	return nil
}
