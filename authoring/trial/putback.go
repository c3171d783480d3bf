package trial

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/secret"
)

// trialLabel is on the version that the function made, so that nothing takes it
// for one that nobody needs, and a person finds it.
const trialLabel = "TRIAL"

// putBack gives the account the password of the original again, through the
// function: the old value becomes AWSPENDING, and setSecret and testSecret are
// invoked as Secrets Manager would. finishSecret is not, and AWSPENDING stays
// until the copy is deleted: as long as something is pending, the server starts no
// rotation of its own.
func (t *trial) putBack(ctx context.Context) error {
	old, err := t.hold(ctx)
	if err != nil {
		return err
	}
	r, err := t.rotation(ctx, t.scratch.arn)
	if err != nil {
		return err
	}
	if !r.of(t.scratch.token).told() {
		t.sayf("%s was not told of the new password: there is nothing to set back", t.original.account())
		return nil
	}
	made, err := t.read(ctx, t.scratch.arn, t.scratch.token, "")
	if err != nil && !missing(err) {
		return err
	}
	if made == nil { // the function kept none, so the target can be asked for the old one only
		return t.setBack(ctx, old)
	}
	if err := t.move(ctx, trialLabel, t.scratch.token); err != nil {
		return err
	}
	if made.login.Username != t.original.value.login.Username {
		return t.alternateBack(ctx, old, made)
	}
	// The password that the function made must be among those that it tries.
	if err := t.move(ctx, secret.Current, t.scratch.token); err != nil {
		return err
	}
	return t.setBack(ctx, old)
}

// hold makes the old value AWSPENDING, which ends a rotation that is not finished,
// without another in its place: no further setSecret begins. One that may be under
// way is waited for, or it could undo what is done now. It gives the version.
func (t *trial) hold(ctx context.Context) (version string, err error) {
	before, err := t.rotation(ctx, t.scratch.arn)
	if err != nil {
		return "", err
	}
	if version, err = t.put(ctx, t.original.value, secret.Pending); err != nil {
		return "", err
	}
	after, err := t.rotation(ctx, t.scratch.arn)
	if err != nil {
		return "", err
	}
	was, is := before.of(t.scratch.token), after.of(t.scratch.token)
	ended := was.State == string(secret.Succeeded) || t.scratch.quiet && len(is.Steps) == len(was.first())
	if is.State != "" && !ended {
		t.sayf("waiting %v for a step that may still be under way", t.stepLimit())
		pause(ctx, t.stepLimit())
	}
	return version, nil
}

// alternateBack is for users who take turns. The original's has its password
// still. The other one gets back what the original knows of it, if anything; for
// that AWSCURRENT has to be the original's user.
func (t *trial) alternateBack(ctx context.Context, old string, made *value) error {
	if err := t.move(ctx, secret.Current, t.scratch.first); err != nil {
		return err
	}
	if err := t.invoke(ctx, secret.TestSecret, old); err != nil {
		return err
	}
	other := t.original.alternated()
	if other == nil || other.login.Username != made.login.Username {
		t.sayf("user %q may be new at the target, or have a new password, which nobody knows: remove it before %s is rotated", made.login.Username, t.original.name)
		return nil
	}
	version, err := t.put(ctx, *other, secret.Pending)
	if err != nil {
		return err
	}
	return t.setBack(ctx, version)
}

// setBack has the function give the target a pending version, and prove it.
func (t *trial) setBack(ctx context.Context, version string) error {
	t.Say("setting back:")
	for _, s := range []secret.Step{secret.SetSecret, secret.TestSecret} {
		if err := t.invoke(ctx, s, version); err != nil {
			return err
		}
	}
	return nil
}

// put makes a new version of the copy.
func (t *trial) put(ctx context.Context, v value, label string) (version string, err error) {
	version = uuid.NewString()
	return version, t.API.PutSecretValue(ctx, t.scratch.arn, version, label, v.Value)
}

// move puts a label on a version, wherever it was.
func (t *trial) move(ctx context.Context, label, version string) error {
	d, err := t.API.DescribeSecret(ctx, t.scratch.arn)
	if err != nil {
		return err
	}
	from := ""
	for holder, labels := range d.VersionIDsToStages {
		switch {
		case !slices.Contains(labels, label):
		case holder == version:
			return nil
		default:
			from = holder
		}
	}
	return t.API.UpdateSecretVersionStage(ctx, t.scratch.arn, label, version, from)
}

// alarm tells a person, who has to see to the account now, all that it takes.
func (t *trial) alarm(err error) {
	o, copied := t.original, t.scratch.secret
	for _, line := range []string{
		"",
		fmt.Sprintf("THE PASSWORD WAS NOT SET BACK: %s may refuse what %s says.", o.account(), o.name),
		fmt.Sprintf("The cause: %s", t.seen.Text(err.Error())),
		fmt.Sprintf("The secret %s is kept. Do not delete it yet: the password that is in force is in it.", copied),
		fmt.Sprintf("  1. Log in with the value of %s. If that works, go to 3.", o.name),
		"  2. Otherwise log in with what the function made,",
		fmt.Sprintf("       aws secretsmanager get-secret-value --secret-id %s --version-stage %s", copied, trialLabel),
		fmt.Sprintf("     (or %s, or %s),", secret.Current, secret.Pending),
		fmt.Sprintf("     or as an administrator, and give the account the password of %s again.", o.name),
		"  3. Then, and only then:",
		fmt.Sprintf("       aws secretsmanager delete-secret --secret-id %s --force-delete-without-recovery", copied),
		"",
	} {
		t.Say(line)
	}
}
