package rotatortest

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Secrets is Secrets Manager in memory: the five calls of a rotation function
// over the real domain, so that labels move as they do in production.
type Secrets struct {
	mu      sync.Mutex
	secrets map[string]*entry
	tokens  int
}

type entry struct {
	*secret.Secret
	values map[string]secret.Value
	tags   map[string]string
}

// NewSecrets is a Secrets Manager without secrets.
func NewSecrets() *Secrets { return &Secrets{secrets: map[string]*entry{}} }

// Connect implements rotator.Connect.
func (m *Secrets) Connect(contract.Event) rotator.Secrets { return m }

// Add makes a secret that rotates, with a first value, and gives its ARN.
func (m *Secrets) Add(name, value string) (id string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	arn := secret.ARN{Region: "eu-west-1", Account: "123456789012", Name: name, Suffix: "a1B2c3"}
	s := &entry{secret.New(arn, time.Now()), map[string]secret.Value{}, map[string]string{}}
	m.secrets[arn.String()] = s
	if err := s.Configure("arn:aws:lambda:eu-west-1:123456789012:function:rotate", nil, time.Now()); err != nil {
		return "", err
	}
	return arn.String(), s.put(m.token(), secret.Text(value), nil)
}

// Write puts a new AWSCURRENT, as a person does.
func (m *Secrets) Write(id, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return err
	}
	return s.put(m.token(), secret.Text(value), nil)
}

// Tag tags a secret.
func (m *Secrets) Tag(id, key, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err == nil {
		s.tags[key] = value
	}
	return err
}

// Start stages a version for a rotation, as RotateSecret does.
func (m *Secrets) Start(id string) (token string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return "", err
	}
	token = m.token()
	return token, s.StartRotation(token, time.Now())
}

// Finish checks that a rotation did what it was for, as the runner does.
func (m *Secrets) Finish(id, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return err
	}
	return s.FinishRotation(token, time.Now())
}

// Cancel turns the rotation of a secret off.
func (m *Secrets) Cancel(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err == nil {
		s.CancelRotation(time.Now())
	}
	return err
}

// DescribeSecret implements rotator.Secrets.
func (m *Secrets) DescribeSecret(_ context.Context, id string) (rotator.Description, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return rotator.Description{}, err
	}
	d := rotator.Description{RotationEnabled: s.Rotation.Enabled, Stages: map[string][]string{}, Tags: maps.Clone(s.tags)}
	for version, labels := range s.Labelled() {
		d.Stages[version] = slices.Clone(labels)
	}
	return d, nil
}

// GetSecretValue implements rotator.Secrets.
func (m *Secrets) GetSecretValue(_ context.Context, id, version, label string) (secret.Value, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return secret.Value{}, err
	}
	v := s.Version(version)
	switch {
	case version == "" && label == "":
		v = s.Holder(secret.Current)
	case version == "":
		v = s.Holder(label)
	case v != nil && label != "" && !slices.Contains(v.Labels, label):
		return secret.Value{}, fault.New(fault.InvalidRequest,
			"You provided a VersionStage that is not associated to the provided VersionId.")
	}
	if v == nil || !v.HasValue {
		return secret.Value{}, fault.New(fault.NotFound, "Secrets Manager can't find the specified secret value for %s%s", version, label)
	}
	return s.values[v.ID], nil
}

// PutSecretValue implements rotator.Secrets.
func (m *Secrets) PutSecretValue(_ context.Context, id, token string, value secret.Value, labels []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return err
	}
	if v := s.Version(token); v != nil && v.HasValue {
		if s.values[token].Equal(value) {
			return nil
		}
		return s.TokenInUse(token)
	}
	return s.put(token, value, labels)
}

// UpdateSecretVersionStage implements rotator.Secrets.
func (m *Secrets) UpdateSecretVersionStage(_ context.Context, id, label, to, from string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return err
	}
	return s.Move(label, from, to)
}

// ListSecretVersionIDs implements rotator.Secrets.
func (m *Secrets) ListSecretVersionIDs(_ context.Context, id string) (out []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.find(id)
	if err != nil {
		return nil, err
	}
	for _, v := range s.Versions {
		out = append(out, v.ID)
	}
	return out, nil
}

// GetRandomPassword implements rotator.Secrets.
func (m *Secrets) GetRandomPassword(_ context.Context, p rotator.PasswordPolicy) (string, error) {
	var kinds []string
	for _, k := range []struct {
		characters string
		excluded   bool
	}{
		{"abcdefghijklmnopqrstuvwxyz", p.ExcludeLowercase},
		{"ABCDEFGHIJKLMNOPQRSTUVWXYZ", p.ExcludeUppercase},
		{"0123456789", p.ExcludeNumbers},
		{"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", p.ExcludePunctuation},
	} {
		left := strings.Map(func(r rune) rune {
			if strings.ContainsRune(p.ExcludeCharacters, r) {
				return -1
			}
			return r
		}, k.characters)
		if !k.excluded && left != "" {
			kinds = append(kinds, left)
		}
	}
	if len(kinds) == 0 {
		return "", fault.New(fault.InvalidParameter, "The password policy leaves no characters.")
	}
	out := make([]byte, p.Length)
	for i := range out {
		from := strings.Join(kinds, "")
		if p.RequireEachIncludedType && i < len(kinds) {
			from = kinds[i]
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(from))))
		if err != nil {
			return "", err
		}
		out[i] = from[n.Int64()]
	}
	return string(out), nil
}

// all values of a secret, for the search for them in texts.
func (m *Secrets) all(id string) []secret.Value {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.secrets[id].values))
}

func (m *Secrets) find(id string) (*entry, error) {
	if s, ok := m.secrets[id]; ok {
		return s, nil
	}
	return nil, fault.New(fault.NotFound, "Secrets Manager can't find the specified secret.")
}

func (m *Secrets) token() string {
	m.tokens++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", m.tokens)
}

func (s *entry) put(token string, value secret.Value, labels []string) error {
	if _, err := s.Put(token, labels, "", time.Now()); err != nil {
		return err
	}
	s.values[token] = value
	return nil
}
