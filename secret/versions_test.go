package secret_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

const day = 24 * time.Hour

func TestPut(t *testing.T) {
	s := newSecret()
	later := birth.Add(time.Hour)
	if _, err := s.Put("v1", nil, "", birth); err != nil {
		t.Fatal(err)
	}
	if err := s.StartRotation("v2", birth); err != nil {
		t.Fatal(err)
	}
	if v := s.Version("v2"); v.HasValue || len(v.KeyIDs) != 0 || !v.Created.Equal(birth) {
		t.Errorf("a placeholder: %+v", v)
	}
	if _, err := s.Put("v2", []string{secret.Pending}, "key-2", later); err != nil {
		t.Fatal(err)
	}
	if v := s.Version("v2"); !v.HasValue || !slices.Equal(v.KeyIDs, []string{"key-2"}) || !v.Created.Equal(later) {
		t.Errorf("a filled placeholder: %+v", v)
	}
	if v := s.Version("v1"); !v.HasValue || !slices.Equal(v.KeyIDs, []string{""}) {
		t.Errorf("under the key that goes without saying: %+v", v)
	}
	if !s.Changed.Equal(later) || !s.Created.Equal(birth) {
		t.Errorf("created %v, changed %v", s.Created, s.Changed)
	}
	if s.Version("v3") != nil {
		t.Error("found a version that is not there")
	}
}

func TestTokenInUse(t *testing.T) {
	wantFault(t, newSecret().TokenInUse("v1"), fault.AlreadyExists,
		"You can't use ClientRequestToken v1 because that value is already in use for a version of secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/db-a1B2c3.")
}

// filled is a secret with 100 versions, v1 the oldest, a minute apart. The last
// two have labels, and so has whoever is named.
func filled(t *testing.T, labelled ...string) *secret.Secret {
	s := newSecret()
	for i := range 100 {
		if _, err := s.Put(fmt.Sprint("v", i+1), nil, "", birth.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range labelled {
		if err := s.Move("keep-"+id, "", id); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestPrune(t *testing.T) {
	for name, test := range map[string]struct {
		labelled []string
		now      time.Time
		removed  []string
	}{
		"the oldest goes":                     {nil, birth.Add(30 * day), []string{"v1"}},
		"the oldest without a label":          {[]string{"v1", "v2"}, birth.Add(30 * day), []string{"v3"}},
		"as soon as one is 24 hours old":      {nil, birth.Add(day), []string{"v1"}},
		"two are old enough, one is enough":   {nil, birth.Add(day + time.Minute), []string{"v1"}},
		"the second is, and the first stays":  {[]string{"v1"}, birth.Add(day + time.Minute), []string{"v2"}},
		"what the new one leaves stays young": {nil, birth.Add(day + 99*time.Minute), []string{"v1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t, test.labelled...)
			removed, err := s.Put("new", nil, "", test.now)
			if err != nil || !slices.Equal(removed, test.removed) {
				t.Fatalf("removed %v, %v; want %v", removed, err, test.removed)
			}
			if len(s.Versions) != 100 || s.Version(test.removed[0]) != nil || s.Holder(secret.Current).ID != "new" {
				t.Errorf("%d versions: %s", len(s.Versions), labels(s))
			}
		})
	}
}

func TestPruneRefuses(t *testing.T) {
	const text = "Secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/db-a1B2c3 has 100 versions, and none can be removed: each has a staging label or is younger than 24 hours."
	for name, test := range map[string]struct {
		labelled []string
		now      time.Time
	}{
		"the oldest is a moment too young": {nil, birth.Add(day - time.Nanosecond)},
		"the only old one has a label":     {[]string{"v1"}, birth.Add(day)},
	} {
		t.Run(name, func(t *testing.T) {
			removed, err := filled(t, test.labelled...).Put("new", nil, "", test.now)
			wantFault(t, err, fault.LimitExceeded, text)
			if removed != nil {
				t.Errorf("removed %v all the same", removed)
			}
		})
	}
}

// TestPruneByAge: the age of a version counts, not its place.
func TestPruneByAge(t *testing.T) {
	s := filled(t)
	slices.Reverse(s.Versions)
	if removed, err := s.Put("new", nil, "", birth.Add(30*day)); err != nil || !slices.Equal(removed, []string{"v1"}) {
		t.Errorf("removed %v, %v", removed, err)
	}
}

// TestPruneAfterRotation: a rotation may bring the 101st version; the value
// written into it brings the versions back to 100.
func TestPruneAfterRotation(t *testing.T) {
	s, now := filled(t), birth.Add(30*day)
	if err := s.StartRotation("new", now); err != nil || len(s.Versions) != 101 {
		t.Fatalf("%d versions, %v", len(s.Versions), err)
	}
	removed, err := s.Put("new", []string{secret.Pending}, "", now)
	if err != nil || !slices.Equal(removed, []string{"v1"}) || s.Holder(secret.Pending).ID != "new" {
		t.Errorf("removed %v, %v", removed, err)
	}
}

func TestTwentyLabels(t *testing.T) {
	const text = "You can't attach more than 20 staging labels to the versions of secret arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/app/db-a1B2c3."
	names := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprint("l", i))
		}
		return out
	}
	s := newSecret()
	put(t, s, "v1", names(19)...) // and AWSCURRENT, being the first
	if n := len(s.Version("v1").Labels); n != 20 {
		t.Fatalf("%d labels", n)
	}
	put(t, s, "v2", "l0", "l1") // labels that move are no new ones

	_, err := s.Put("v3", []string{"one-more"}, "", birth)
	wantFault(t, err, fault.LimitExceeded, text)

	s = newSecret()
	put(t, s, "v1", names(19)...)
	wantFault(t, s.Move("one-more", "", "v1"), fault.LimitExceeded, text)

	s = newSecret()
	put(t, s, "v1", names(19)...)
	wantFault(t, s.StartRotation("v2", birth), fault.LimitExceeded, text)
	_, err = s.Put("v4", nil, "", birth)
	wantFault(t, err, fault.LimitExceeded, text) // AWSPREVIOUS is a label too
	if !strings.Contains(labels(s), "AWSCURRENT") {
		t.Error(labels(s))
	}
}

func TestLabelsHoldNoControlCharacters(t *testing.T) {
	s := newSecret()
	_, err := s.Put("v1", []string{"a\x1fb"}, "", birth)
	wantFault(t, err, fault.InvalidParameter, "A staging label can't contain control characters.")
}
