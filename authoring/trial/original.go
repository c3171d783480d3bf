package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/authoring/api"
	"github.com/alberti-dev/alberti/secret"
)

// original is the secret that a trial is made with a copy of.
type original struct {
	name, arn, key string
	tags           []api.Tag
	value          value
	previous       *value // under AWSPREVIOUS, nil for none
	master         string // ARN of the secret of its administrator, "" for none
}

// value is the value of a secret, and what of it is read here. All is empty where
// it is no JSON object.
type value struct {
	api.Value
	login struct {
		Host     string
		Port     any
		Username string
		Password string
		Master   string `json:"masterarn"`
	}
}

func newValue(of api.Value) *value {
	v := &value{Value: of}
	if v.Text != nil {
		// What does not fit stays empty: rotation functions judge values, not we.
		_ = json.Unmarshal([]byte(*v.Text), &v.login)
	}
	return v
}

// secret is the value as what keeps it out of texts knows it.
func (v *value) secret() secret.Value {
	if v.Text != nil {
		return secret.Text(*v.Text)
	}
	return secret.Binary(v.Binary)
}

// account names what the value logs in to.
func (o original) account() string {
	switch l := o.value.login; {
	case l.Username == "":
		return "what " + o.name + " is for"
	case l.Host == "":
		return fmt.Sprintf("user %q", l.Username)
	case l.Port == nil:
		return fmt.Sprintf("user %q at %s", l.Username, l.Host)
	default:
		return fmt.Sprintf("user %q at %s:%v", l.Username, l.Host, l.Port)
	}
}

// masterTag says what masterarn says of a value, where a value cannot (engines.md).
const masterTag = "alberti:masterarn"

// administrator is the secret of the administrator, as the value or a tag names it.
func (o original) administrator() string {
	for _, tag := range o.tags {
		if tag.Key == masterTag {
			return tag.Value
		}
	}
	return o.value.login.Master
}

// alternated is the value of another user, with whom the original's takes turns:
// nil when it is not known that there is one.
func (o original) alternated() *value {
	if p := o.previous; p != nil && p.login.Username != "" && p.login.Username != o.value.login.Username && p.login.Host == o.value.login.Host {
		return p
	}
	return nil
}

// risks are what a trial may leave otherwise than it was.
func (o original) risks() (all []string) {
	if o.value.login.Username == "" || o.value.login.Password == "" {
		all = append(all, "the value of "+o.name+" has no username and password: what the function changes may be nothing that the old value can be given back to, as a key that a service makes up")
	}
	if o.master != "" && o.alternated() == nil {
		all = append(all, o.name+" has a masterarn: where users alternate, the function makes a second user at the target, which stays. "+
			"Remove it afterwards: a function that asks whose a user is, as Alberti's own do, will not take it for "+o.name+"'s")
	}
	return all
}

// look reads the original, and refuses what it is no moment for.
func (t *trial) look(ctx context.Context) error {
	d, err := t.API.DescribeSecret(ctx, t.Secret)
	if err != nil {
		return err
	}
	t.original = original{name: d.Name, arn: d.ARN, key: d.KMSKeyID, tags: d.Tags}
	if err := t.idle(ctx, d.VersionIDsToStages); err != nil {
		return err
	}
	current, err := t.read(ctx, t.original.arn, "", secret.Current)
	if err != nil {
		return err
	}
	t.original.value = *current
	if t.original.previous, err = t.read(ctx, t.original.arn, "", secret.Previous); err != nil && !missing(err) {
		return err
	}
	if master := t.original.administrator(); master != "" {
		d, err := t.API.DescribeSecret(ctx, master)
		if err != nil {
			return fmt.Errorf("masterarn: %w", err)
		}
		t.original.master = d.ARN
	}
	risks := t.original.risks()
	for _, risk := range risks {
		t.Say("note: " + risk)
	}
	if len(risks) > 0 && !t.Accept {
		return ErrRisk
	}
	return nil
}

// soon is too near a rotation of the original for a trial: the two would be at
// work on one account.
const soon = 30 * time.Minute

// idle refuses while the original is rotated, or about to be.
func (t *trial) idle(ctx context.Context, labels map[string][]string) error {
	for _, on := range labels {
		if slices.Contains(on, secret.Pending) && !slices.Contains(on, secret.Current) {
			return fmt.Errorf("a rotation of %s is not finished: see alberti rotation show %s", t.original.name, t.original.name)
		}
	}
	r, err := t.rotation(ctx, t.original.arn)
	if err != nil {
		return err
	}
	if starts := r.starts(); r.RotationEnabled && !starts.IsZero() && starts.Before(t.Now().Add(soon)) {
		return fmt.Errorf("%s is about to be rotated itself, at %s: try afterwards", t.original.name, starts.UTC().Format(time.RFC3339))
	}
	return nil
}

// read gives a version by id or label. The value is kept out of all that is said
// from now on.
func (t *trial) read(ctx context.Context, secretID, version, label string) (*value, error) {
	out, err := t.API.GetSecretValue(ctx, secretID, version, label)
	if err != nil {
		return nil, err
	}
	v := newValue(out)
	t.seen.SawValue(v.secret())
	t.seen.Saw(v.login.Password) // a short one too
	return v, nil
}

// missing tells that there is no such thing; of a version, that it has no value yet,
// too.
func missing(err error) bool { return api.CodeOf(err) == api.NotFound }
