package secretsmanager

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// maxText is in bytes of UTF-8, where the model counts characters
// (secrets-manager.md, 8).
const maxText = 65536

// givenValue reads the value of a request, nil when it has none.
func givenValue(text awsjson.Sensitive, blob awsjson.SensitiveBlob) (*secret.Value, error) {
	var v secret.Value
	switch {
	case !text.IsZero() && !blob.IsZero():
		return nil, fault.New(fault.InvalidParameter,
			"You can't specify both a binary secret value and a string secret value in the same secret.")
	case len(text.Reveal()) > maxText:
		return nil, fault.New(fault.Validation,
			"1 validation error detected: Value '***' at 'secretString' failed to satisfy constraint: Member must have length less than or equal to %d", maxText)
	case !text.IsZero():
		v = secret.Text(text.Reveal())
	case !blob.IsZero():
		v = secret.Binary(blob.Reveal())
	default:
		return nil, nil
	}
	return &v, nil
}

// shownValue puts a value in the member that it was given in.
func shownValue(v secret.Value) (awsjson.Sensitive, awsjson.SensitiveBlob) {
	if v.IsBinary() {
		return awsjson.Sensitive{}, awsjson.NewSensitiveBlob(v.Reveal())
	}
	b := v.Reveal()
	// A value's bytes never change: they can be a string without a copy.
	return awsjson.NewSensitive(unsafe.String(unsafe.SliceData(b), len(b))), awsjson.SensitiveBlob{}
}

const noToken = "You must provide a ClientRequestToken value. We recommend a UUID-type value."

// putValue makes a version of a secret, or does nothing when the token names a
// version with the same value already (secrets-manager.md, 2.0).
func (s *Service) putValue(tx *store.Tx, c *call, sec *secret.Secret, token string, v secret.Value, labels []string) error {
	if err := c.mayUseKey(sec.ARN.Account, sec.KeyID); err != nil {
		return err
	}
	if known := sec.Version(token); known != nil && known.HasValue {
		return s.repeated(tx, c, sec, token, v)
	}
	if err := s.mayFill(tx, c, sec, token); err != nil {
		return err
	}
	removed, err := sec.Put(token, labels, sec.KeyID, tx.Now())
	if err != nil {
		return err
	}
	if sec.Holder(secret.Current) == sec.Version(token) && c.Caller.RotationToken == "" {
		if err := sec.Written(tx.Now()); err != nil {
			return err
		}
	}
	if err := endRotation(tx, sec, secret.Abandoned); err != nil {
		return err
	}
	sealed, err := s.seal(tx, c, sec, token, v)
	if err != nil {
		return err
	}
	if err := tx.PutSecret(sec); err != nil {
		return err
	}
	if err := tx.PutValue(sec, token, sealed); err != nil {
		return err
	}
	for _, id := range removed {
		if err := tx.AuditService(audit.VersionDeletion, sec, id, ""); err != nil {
			return err
		}
	}
	return nil
}

// repeated answers a token that was used before: the same value is the same
// request again, another value is refused.
func (s *Service) repeated(tx *store.Tx, c *call, sec *secret.Secret, token string, v secret.Value) error {
	sealed, _, err := tx.Value(sec, token)
	if err != nil {
		return err
	}
	old, err := s.Ring.Open(c.Ctx, sealed, place(sec, token))
	if err != nil {
		return err
	}
	if !old.Equal(v) {
		return sec.TokenInUse(token)
	}
	return nil
}

// mayFill lets only the rotation function give the placeholder of a rotation
// its value: whoever has the token of the attempt, or the function's execution
// role (secrets-manager.md, 3.9).
func (s *Service) mayFill(tx *store.Tx, c *call, sec *secret.Secret, token string) error {
	if sec.Version(token) == nil {
		return nil
	}
	job, err := tx.UnfinishedJob(sec.Key)
	if err != nil || job == nil || job.Token != token {
		return err
	}
	if in, ok := c.In.(*PutSecretValueInput); ok && in.RotationToken.Reveal() == job.Lease && job.Lease != "" {
		return nil
	}
	if c.Caller.RotationToken == job.Lease && job.Lease != "" {
		return nil
	}
	role, err := s.Functions.Role(tx, job.Function)
	if err != nil || role != "" && c.Caller.Issuer == role {
		return err
	}
	return fault.New(fault.InvalidRequest,
		"Pending secret version %s for Secret %s was not created by Lambda %s. Remove the AWSPENDING staging label and restart rotation",
		token, sec.ARN, job.Function)
}

// endRotation ends the unfinished rotation of a secret whose AWSPENDING is gone,
// unless its version has become current: then the runner will find it done.
func endRotation(tx *store.Tx, sec *secret.Secret, as secret.State) error {
	if !sec.Rotation.Configured() {
		return nil
	}
	job, err := tx.UnfinishedJob(sec.Key)
	if err != nil || job == nil {
		return err
	}
	if v := sec.Version(job.Token); v != nil &&
		(slices.Contains(v.Labels, secret.Pending) || slices.Contains(v.Labels, secret.Current)) {
		return nil
	}
	return endJob(tx, sec, job, as)
}

// endJob ends a rotation before its time, and plans the next; the caller saves
// the secret. A test takes its copy of the value with it.
func endJob(tx *store.Tx, sec *secret.Secret, job *secret.Job, as secret.State) error {
	lease := job.Lease
	job.Revoke(as, tx.Now())
	if job.Test {
		sec.EndTest(job.Token)
	}
	if err := tx.SaveJob(job, lease); err != nil {
		return err
	}
	if err := sec.Skip(tx.Now()); err != nil {
		return err
	}
	sec.Recover(tx.Now())
	return tx.AuditService(audit.RotationAbandoned, sec, job.Token, "")
}

func place(sec *secret.Secret, version string) keyring.Context {
	return keyring.Context{SecretARN: sec.ARN.String(), VersionID: version}
}

func (s *Service) seal(tx *store.Tx, c *call, sec *secret.Secret, version string, v secret.Value) (secret.Sealed, error) {
	key, err := s.Ring.Managed(c.Ctx, tx, sec.ARN.Account, sec.ARN.Region)
	if err != nil {
		return secret.Sealed{}, err
	}
	return s.Ring.Seal(c.Ctx, key, place(sec, version), v)
}

// mayUseKey keeps aws/secretsmanager, which a secret records as "", to the
// account that it belongs to (5.3).
func (c *call) mayUseKey(account, key string) error {
	if key != "" || account == c.Caller.Account {
		return nil
	}
	return fault.New(fault.InvalidRequest,
		"You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
}

// checkKey reads a KmsKeyId: an alias, a key id or the ARN of either. The one key
// there is so far is aws/secretsmanager, which a secret records as "".
func checkKey(account, region, id string) error {
	if arn := strings.SplitN(id, ":", 6); len(arn) == 6 && arn[0] == "arn" {
		if arn[3] != region {
			return fault.New(fault.InvalidParameter, "The operation failed because of an invalid KMS key: Invalid arn %s", arn[3])
		}
		if arn[2] == "kms" && arn[4] == account {
			id = arn[5]
		}
	}
	if id == "" || id == keyring.ManagedKey {
		return nil
	}
	return fault.New(fault.InvalidParameter, "The operation failed because of an invalid KMS key: Invalid keyId")
}
