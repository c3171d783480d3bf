package secretsmanager

import (
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// RotateSecretInput configures rotation, starts one, or both
// (secrets-manager.md, 3.1).
type RotateSecretInput struct {
	SecretID                       *string        `json:"SecretId"`
	ClientRequestToken             *string        `json:"ClientRequestToken"`
	RotationLambdaARN              *string        `json:"RotationLambdaARN"`
	RotationRules                  *RotationRules `json:"RotationRules"`
	RotateImmediately              *bool          `json:"RotateImmediately"`
	ExternalSecretRotationRoleArn  *string        `json:"ExternalSecretRotationRoleArn"`
	ExternalSecretRotationMetadata []externalItem `json:"ExternalSecretRotationMetadata"`
}

type externalItem struct {
	Key   *string `json:"Key"`
	Value *string `json:"Value"`
}

// RotateSecretOutput names the version that the rotation is making.
type RotateSecretOutput struct {
	ARN       string `json:"ARN"`
	Name      string `json:"Name"`
	VersionID string `json:"VersionId,omitempty"`
}

// rotateSecret only writes down what is to be done: the runner does it.
func (s *Service) rotateSecret(c *call, in *RotateSecretInput) (*RotateSecretOutput, error) {
	rules, err := checkRotate(in, s.MinInterval)
	if err != nil {
		return nil, err
	}
	return s.rotate(c, in, rules, false)
}

// rotate does what RotateSecret and StartRotation have in common. force starts a
// rotation in a freeze.
func (s *Service) rotate(c *call, in *RotateSecretInput, rules *schedule.Rules, force bool) (*RotateSecretOutput, error) {
	later := in.RotateImmediately != nil && !*in.RotateImmediately
	return door.Update(c, func(tx *store.Tx) (*RotateSecretOutput, error) {
		sec, err := s.openLive(tx, c, *in.SecretID)
		if err != nil {
			return nil, err
		}
		out := &RotateSecretOutput{ARN: sec.ARN.String(), Name: sec.Name(), VersionID: *in.ClientRequestToken}
		known, err := tx.JobByToken(sec.Key, *in.ClientRequestToken)
		if err != nil {
			return nil, err
		}
		if known != nil && (known.State == secret.Running || known.State == secret.Succeeded) {
			return out, nil // the same request once more
		}
		if sec.OwningService != "" && text(in.RotationLambdaARN) != "" {
			return nil, fault.New(fault.InvalidRequest, "Rotation Lambda ARN is not supported for a service-managed secret.")
		}
		if err := nothingUnfinished(tx, sec); err != nil {
			return nil, err
		}
		if !later && !force {
			if err := notFrozen(tx, sec); err != nil {
				return nil, err
			}
		}
		if err := sec.Configure(functionFor(sec, in), rules, tx.Now()); err != nil {
			return nil, err
		}
		if err := s.checkFunction(tx, c, sec); err != nil {
			return nil, err
		}
		if later {
			return out, s.startTest(tx, c, sec, *in.ClientRequestToken)
		}
		return out, startJob(tx, sec, *in.ClientRequestToken)
	})
}

// functionFor is the function that a request gives a secret: a managed one needs
// none (2.18).
func functionFor(sec *secret.Secret, in *RotateSecretInput) string {
	if sec.OwningService != "" {
		return "arn:aws:lambda:" + sec.ARN.Region + ":" + sec.ARN.Account + ":function:" + ManagedFunction
	}
	return text(in.RotationLambdaARN)
}

// checkRotate is what can be refused before looking at the store. It gives the
// rules, nil when none were sent.
func checkRotate(in *RotateSecretInput, interval time.Duration) (*schedule.Rules, error) {
	if in.ClientRequestToken == nil {
		return nil, fault.New(fault.InvalidParameter, noToken)
	}
	if err := secret.CheckID(*in.SecretID); err != nil {
		return nil, err
	}
	if in.ExternalSecretRotationRoleArn != nil || in.ExternalSecretRotationMetadata != nil {
		return nil, fault.New(fault.InvalidRequest, "Alberti does not manage external secrets: give a RotationLambdaARN instead.")
	}
	if in.RotationRules == nil {
		return nil, nil
	}
	rules := &schedule.Rules{Expression: text(in.RotationRules.ScheduleExpression), Duration: text(in.RotationRules.Duration)}
	if days := in.RotationRules.AutomaticallyAfterDays; days != nil {
		rules.AutomaticallyAfterDays = int(*days)
	}
	return rules, schedule.Check(*rules, interval)
}

// nothingUnfinished refuses while something is pending, and in the moments when a
// rotation has moved AWSCURRENT to its version and is not concluded.
func nothingUnfinished(tx *store.Tx, sec *secret.Secret) error {
	if err := sec.NothingPending(); err != nil {
		return err
	}
	job, err := tx.UnfinishedJob(sec.Key)
	if err == nil && job != nil {
		err = secret.ErrUnfinished
	}
	return err
}

// notFrozen refuses what no freeze allows. A freeze is the deployment's, so that
// AWS has no text for it.
func notFrozen(tx *store.Tx, sec *secret.Secret) error {
	freezes, err := tx.FreezesOf(sec)
	if err != nil {
		return err
	}
	return freezes.NotFrozen(sec, tx.Now())
}

// checkFunction wants a function that the caller may invoke and that is there
// to be invoked.
func (s *Service) checkFunction(tx *store.Tx, c *call, sec *secret.Secret) error {
	function := sec.Rotation.FunctionARN
	if sec.OwningService != "" {
		return nil // the function is our own choice
	}
	if err := c.may("lambda:InvokeFunction", target{arn: function, account: sec.ARN.Account, shown: function}); err != nil {
		return err
	}
	invokable, err := s.Functions.Invokable(tx, function, sec)
	if err == nil && !invokable {
		return fault.New(fault.AccessDenied,
			"Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
	}
	return err
}

// startJob starts a rotation: the runner does it.
func startJob(tx *store.Tx, sec *secret.Secret, token string) error {
	if err := sec.StartRotation(token, tx.Now()); err != nil {
		return err
	}
	if err := tx.PutSecret(sec); err != nil {
		return err
	}
	if err := tx.PutJob(secret.NewJob(sec, token, secret.ByRequest, tx.Now())); err != nil {
		return err
	}
	return tx.AuditService(audit.RotationStarted, sec, token, "")
}

// startTest has the function's testSecret run on a copy of the current value,
// which is gone again afterwards (3.4). Without a value there is nothing to
// test yet.
func (s *Service) startTest(tx *store.Tx, c *call, sec *secret.Secret, token string) error {
	current := sec.Holder(secret.Current)
	if current == nil {
		return tx.PutSecret(sec)
	}
	sealed, _, err := tx.Value(sec, current.ID)
	if err != nil {
		return err
	}
	value, err := s.Ring.Open(c.Ctx, sealed, place(sec, current.ID))
	if err != nil {
		return err
	}
	if err := sec.StartTest(token, tx.Now()); err != nil {
		return err
	}
	copied, err := s.seal(tx, c, sec, token, value)
	if err != nil {
		return err
	}
	if err := tx.PutSecret(sec); err != nil {
		return err
	}
	if err := tx.PutValue(sec, token, copied); err != nil {
		return err
	}
	if err := tx.PutJob(secret.NewTestJob(sec, token, tx.Now())); err != nil {
		return err
	}
	return tx.AuditService(audit.TestRotationStarted, sec, token, "")
}
