package secret_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

// FuzzLabels does anything in any order, refusals included: the label rules of
// the package comment hold throughout.
func FuzzLabels(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x11\x22\x33\x44\x55"))
	f.Add([]byte{0, 1, 0, 1, 2, 1, 3, 0, 0x12, 4, 2, 2, 1, 1, 1})
	names := []string{secret.Current, secret.Pending, secret.Previous, "one", "two"}
	f.Fuzz(func(t *testing.T, steps []byte) {
		s := newSecret()
		for i := 0; i+2 < len(steps) && i < 300; i += 3 {
			now := birth.Add(time.Duration(i) * time.Hour)
			label := names[int(steps[i+1])%len(names)]
			from, to := version(steps[i+2]%8), version(steps[i+2]/8%8)
			hadCurrent, previous := s.Holder(secret.Current) != nil, currentID(s)
			did, err := "", error(nil)
			switch kind := steps[i] % 3; {
			case kind != 1 && to == "":
				continue
			case kind == 0:
				did = "put " + to + " " + label
				_, err = s.Put(to, []string{label}, "", now)
			case kind == 1:
				did = "move " + label + " " + from + ">" + to
				err = s.Move(label, from, to)
			default:
				did = "stage " + to
				err = s.StartRotation(to, now)
			}
			holdsRules(t, did, s)
			if hadCurrent && s.Holder(secret.Current) == nil {
				t.Fatalf("%s: AWSCURRENT is lost: %s", did, labels(s))
			}
			if err == nil && previous != "" && currentID(s) != previous && !slices.Contains(s.Version(previous).Labels, secret.Previous) {
				t.Fatalf("%s: AWSPREVIOUS did not follow to %s: %s", did, previous, labels(s))
			}
		}
	})
}

// version is "" for 0.
func version(n byte) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint("v", n)
}

func currentID(s *secret.Secret) string {
	if v := s.Holder(secret.Current); v != nil {
		return v.ID
	}
	return ""
}

func holdsRules(t *testing.T, did string, s *secret.Secret) {
	t.Helper()
	seen := map[string]string{}
	for _, v := range s.Versions {
		if !slices.IsSorted(v.Labels) {
			t.Fatalf("%s: labels out of order: %s", did, labels(s))
		}
		for _, l := range v.Labels {
			if other, twice := seen[l]; twice {
				t.Fatalf("%s: %s is on %s and on %s", did, l, other, v.ID)
			}
			seen[l] = v.ID
		}
	}
	if c := s.Holder(secret.Current); c != nil && !c.HasValue {
		t.Fatalf("%s: AWSCURRENT is on %s, which has no value", did, c.ID)
	}
}
