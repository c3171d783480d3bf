package influxdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// tokens rotates an API token: a new one that may do the same is made, and the old
// one lives on until the next rotation, for clients that have yet to hear of it
// (rotation-functions.md, 11 and 16.16).
//
// The server chooses a token, and tells it once. So it is made in createSecret,
// and it bears the version that it is for: when it could not be stored, the next
// attempt finds it by that, and makes another in its place.
type tokens struct{}

// tokenTraits read a token as the password of an organisation.
var tokenTraits = rotator.Traits{Names: names, Port: port, Keys: rotator.Keys{Username: "org", Password: "token"}}

// What the type key of a value says.
const (
	operator  = "operator"
	allAccess = "allAccess"
	custom    = "custom"
)

func read(r *rotator.Run, v secret.Value) (rotator.Credential, error) {
	c, err := r.Credential(v, tokenTraits)
	if err == nil && !slices.Contains([]string{operator, allAccess, custom}, c.Text("type")) {
		err = errors.New("the type key of the secret JSON must be operator, allAccess or custom")
	}
	return c, err
}

// Create implements rotator.Steps.
func (tokens) Create(ctx context.Context, r *rotator.Run) (secret.Value, error) {
	value, err := r.Current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	c, err := read(r, value)
	if err != nil {
		return secret.Value{}, err
	}
	maker, err := makerFor(ctx, r, c)
	if err != nil {
		return secret.Value{}, err
	}
	defer maker.Close()
	made, err := remake(ctx, r, maker, c)
	if err != nil {
		return secret.Value{}, err
	}
	return rotator.With(value, rotator.TextMember("token", made.Token))
}

// remake makes the token of this contract. One from an attempt before, which
// nobody knows since there is no pending value, goes first.
func remake(ctx context.Context, r *rotator.Run, maker *session, c rotator.Credential) (*authorization, error) {
	all, err := maker.authorizations(ctx)
	if err != nil {
		return nil, err
	}
	current, err := holder(ctx, r)
	if err != nil {
		return nil, err
	}
	like, err := find(all, string(c.Password.Reveal()), r.SecretID, current)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.Description != describes(r.SecretID, r.Token) {
			continue
		}
		if err := maker.delete(ctx, a); err != nil {
			return nil, err
		}
		r.Report.Note("deleted the token of an attempt that could not store it")
	}
	made, err := maker.make(ctx, like, describes(r.SecretID, r.Token))
	if err == nil {
		r.Saw(made.Token)
	}
	return made, err
}

// holder is the version that has AWSCURRENT.
func holder(ctx context.Context, r *rotator.Run) (version string, err error) {
	d, err := r.Secrets.DescribeSecret(ctx, r.SecretID)
	if err != nil {
		return "", err
	}
	for id, labels := range d.Stages {
		if slices.Contains(labels, secret.Current) {
			version = id
		}
	}
	return version, nil
}

// makerFor logs in as who may make such a token: that of an operator makes the
// next, for others the administrator does. The token must work: that is what
// entitles the secret to an administrator, whom its value names.
func makerFor(ctx context.Context, r *rotator.Run, c rotator.Credential) (*session, error) {
	own, err := loginToken(ctx, c, r.Report)
	if err != nil {
		return nil, fmt.Errorf("Unable to log in with the token of secret %s: %w", r.SecretID, err)
	}
	if c.Text("type") == operator {
		return own, nil
	}
	own.Close()
	arn, err := r.MasterARN(c)
	if err != nil {
		return nil, err
	}
	if arn == "" {
		return nil, errors.New("adminSecretArn key is missing from secret JSON")
	}
	value, err := r.Secrets.GetSecretValue(ctx, arn, "", secret.Current)
	if err != nil {
		return nil, fmt.Errorf("admin secret %s: %w", arn, err)
	}
	admin, err := r.Credential(value, Engine{}.Traits())
	if err != nil {
		return nil, fmt.Errorf("admin secret %s: %w", arn, err)
	}
	if !strings.EqualFold(admin.Address(), c.Address()) {
		return nil, fmt.Errorf("host %s is not that of the admin secret, %s", c.Address(), admin.Address())
	}
	s, err := Engine{}.Login(ctx, admin, r.Report)
	if err != nil {
		return nil, fmt.Errorf("Unable to log in with admin secret %s: %w", arn, err)
	}
	return s.(*session), nil
}

// Set implements rotator.Steps. The token is in force since it was made: this makes
// sure that it is what the current one is.
func (tokens) Set(ctx context.Context, r *rotator.Run) error {
	value, pending, err := pendingToken(ctx, r)
	if err != nil {
		return err
	}
	v, err := r.Current(ctx)
	if err != nil {
		return err
	}
	current, err := read(r, v)
	if err != nil {
		return err
	}
	if pending.Address() != current.Address() || pending.Username != current.Username || pending.Text("type") != current.Text("type") {
		return fmt.Errorf("Attempting to replace a token by one of another host, org or type, in secret %s", r.SecretID)
	}
	host := pending.Address()
	if err := r.Guard.Claim(ctx, contract.Target{Host: host, Account: host + " tokens for " + r.SecretID}); err != nil {
		return err
	}
	if err := r.Guard.Sending(ctx, value); err != nil {
		return err
	}
	return compare(ctx, r, current, pending)
}

// compare wants both tokens to work, and to be for the same.
func compare(ctx context.Context, r *rotator.Run, current, pending rotator.Credential) error {
	fresh, err := loginToken(ctx, pending, r.Report)
	if err != nil {
		return fmt.Errorf("Unable to log in with the pending token of secret %s: %w", r.SecretID, err)
	}
	fresh.Close()
	maker, err := makerFor(ctx, r, current)
	if err != nil {
		return err
	}
	defer maker.Close()
	all, err := maker.authorizations(ctx)
	if err != nil {
		return err
	}
	version, err := holder(ctx, r)
	if err != nil {
		return err
	}
	old, err := find(all, string(current.Password.Reveal()), r.SecretID, version)
	if err != nil {
		return err
	}
	made, err := find(all, string(pending.Password.Reveal()), r.SecretID, r.Token)
	if err != nil {
		return err
	}
	if !alike(old, made) {
		return fmt.Errorf("the pending token of secret %s is not for what the current one is", r.SecretID)
	}
	return nil
}

// Test implements rotator.Steps.
func (tokens) Test(ctx context.Context, r *rotator.Run) error {
	_, pending, err := pendingToken(ctx, r)
	if err != nil {
		return err
	}
	s, err := loginToken(ctx, pending, r.Report)
	if err != nil {
		return fmt.Errorf("Unable to log in with the pending token of secret %s: %w", r.SecretID, err)
	}
	return s.Close()
}

func pendingToken(ctx context.Context, r *rotator.Run) (secret.Value, rotator.Credential, error) {
	v, err := r.Pending(ctx)
	if err != nil {
		return secret.Value{}, rotator.Credential{}, err
	}
	c, err := read(r, v)
	return v, c, err
}

// Finish implements rotator.Finisher: before the label moves it deletes what is
// out of use when it has moved. The token that is current now is not: it becomes
// AWSPREVIOUS, and lives until the next contract.
func (tokens) Finish(ctx context.Context, r *rotator.Run) error {
	_, pending, err := pendingToken(ctx, r)
	if err != nil {
		return err
	}
	maker, err := makerFor(ctx, r, pending)
	if err != nil {
		return err
	}
	defer maker.Close()
	inUse, err := versionsInUse(ctx, r)
	if err != nil {
		return err
	}
	last, err := previousToken(ctx, r, pending)
	if err != nil {
		return err
	}
	all, err := maker.authorizations(ctx)
	if err != nil {
		return err
	}
	for _, a := range all {
		version, ours := a.version(r.SecretID)
		_, kept := inUse.versions[version]
		outOfUse := ours && !kept || last != "" && a.Token == last
		if !outOfUse || slices.Contains(inUse.tokens, a.Token) {
			continue
		}
		if err := maker.delete(ctx, a); err != nil {
			return err
		}
		r.Report.Note("deleted the token that was replaced before: authorization %s", a.ID)
	}
	return nil
}

// inUse are the versions that bear a label other than AWSPREVIOUS, and their
// tokens.
type inUse struct {
	versions map[string]bool
	tokens   []string
}

func versionsInUse(ctx context.Context, r *rotator.Run) (inUse, error) {
	use := inUse{versions: map[string]bool{}}
	d, err := r.Secrets.DescribeSecret(ctx, r.SecretID)
	if err != nil {
		return use, err
	}
	for id, labels := range d.Stages {
		if !slices.ContainsFunc(labels, func(label string) bool { return label != secret.Previous }) {
			continue
		}
		use.versions[id] = true
		v, err := r.Secrets.GetSecretValue(ctx, r.SecretID, id, "")
		if fault.KindOf(err) == fault.NotFound {
			continue
		}
		if err != nil {
			return use, err
		}
		if c, err := read(r, v); err == nil {
			use.tokens = append(use.tokens, string(c.Password.Reveal()))
		}
	}
	return use, nil
}

// previousToken is that of AWSPREVIOUS at the same server; empty when there is none.
func previousToken(ctx context.Context, r *rotator.Run, pending rotator.Credential) (string, error) {
	v, ok, err := r.Previous(ctx)
	if err != nil || !ok {
		return "", err
	}
	c, err := read(r, v)
	if err != nil || c.Address() != pending.Address() {
		return "", nil
	}
	return string(c.Password.Reveal()), nil
}
