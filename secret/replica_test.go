package secret_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

const abroad = "us-east-1"

// follow brings a replica level and writes it down as labels does, with the
// versions whose values are to be copied.
func follow(r, primary *secret.Secret) string {
	missing := r.Follow(primary)
	return fmt.Sprintf("%s, missing %v", labels(r), missing)
}

func TestReplicaIn(t *testing.T) {
	p := newSecret()
	r := p.ReplicaIn(abroad, "key", birth)
	if got := r.ARN.String(); got != "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/app/db-a1B2c3" {
		t.Errorf("the replica is %s", got)
	}
	if !r.IsReplica() || !r.Follows(p) || r.PrimaryRegion() != "eu-west-1" || r.KeyID != "key" {
		t.Errorf("%+v", r)
	}
	if p.IsReplica() || p.PrimaryRegion() != "" {
		t.Errorf("a secret without replicas has a primary region: %+v", p)
	}
	if p.Replicated = true; p.PrimaryRegion() != "eu-west-1" || p.IsReplica() {
		t.Errorf("the primary's region is %q", p.PrimaryRegion())
	}
	for what, other := range map[string]func(*secret.Secret){
		"another suffix":  func(s *secret.Secret) { s.ARN.Suffix = "ZZZZZZ" },
		"another primary": func(s *secret.Secret) { s.ReplicaOf = "eu-west-2" },
		"no replica":      func(s *secret.Secret) { s.ReplicaOf = "" },
		"another account": func(s *secret.Secret) { s.ARN.Account = "210987654321" },
	} {
		s := p.ReplicaIn(abroad, "", birth)
		if other(s); s.Follows(p) {
			t.Errorf("%s follows", what)
		}
	}
}

// TestFollow takes a primary through the life of a secret.
func TestFollow(t *testing.T) {
	p := newSecret()
	r := p.ReplicaIn(abroad, "there", birth)
	step := func(what, want string) {
		t.Helper()
		if got := follow(r, p); got != want {
			t.Errorf("%s:\n got %s\nwant %s", what, got, want)
		}
	}
	step("without a value", ", missing []")
	put(t, p, "v1")
	step("the first value", "v1[AWSCURRENT], missing [v1]")
	put(t, p, "v2")
	put(t, p, "v3", "blue")
	step("two at once", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[blue], missing [v2 v3]")
	if err := p.Configure("arn:f", &schedule.Rules{AutomaticallyAfterDays: 1}, birth); err != nil {
		t.Fatal(err)
	}
	if err := p.StartRotation("v4", birth.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	step("a rotation without a value", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[blue], missing []")
	put(t, p, "v4", secret.Pending)
	step("a rotation with one", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[blue] v4[AWSPENDING], missing [v4]")
	if err := p.Move(secret.Current, "v2", "v4"); err != nil {
		t.Fatal(err)
	}
	rotated := birth.Add(7 * time.Hour)
	if err := p.FinishRotation("v4", rotated); err != nil {
		t.Fatal(err)
	}
	step("its end", "v1[] v2[AWSPREVIOUS] v3[blue] v4[AWSCURRENT AWSPENDING], missing []")
	if !r.Rotation.LastRotated.Equal(rotated) || r.Rotation.Configured() || !r.Rotation.Due.IsZero() {
		t.Errorf("the replica's rotation: %+v", r.Rotation)
	}
	p.Versions = p.Versions[1:]
	step("a version that was removed", "v2[AWSPREVIOUS] v3[blue] v4[AWSCURRENT AWSPENDING], missing []")
}

// TestFollowReusedID: a version that was removed and made again under its old id
// has another value.
func TestFollowReusedID(t *testing.T) {
	p := newSecret()
	put(t, p, "v1")
	if err := p.StartTest("trial", birth.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	r := p.ReplicaIn(abroad, "", birth)
	r.Follow(p)
	p.EndTest("trial")
	if _, err := p.Put("trial", nil, "", birth.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := follow(r, p); got != "v1[AWSPREVIOUS] trial[AWSCURRENT], missing [trial]" {
		t.Error(got)
	}
}

// TestFollowCopies: what a replica says of itself is its primary's, its key and
// dates are its own.
func TestFollowCopies(t *testing.T) {
	p := newSecret()
	put(t, p, "v1")
	p.Description = "a database"
	if err := p.Tag([]secret.Tag{{Key: "a", Value: "b"}}, birth.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	r := p.ReplicaIn(abroad, "there", birth)
	r.Follow(p)
	day := birth.Truncate(24 * time.Hour)
	r.Accessed, r.Versions[0].Accessed, r.Versions[0].KeyIDs = day, day, []string{"old"}
	p.Description = ""
	p.Untag([]string{"a"}, birth.Add(time.Hour))
	r.Follow(p)
	if r.Description != "" || r.Tags == nil || len(r.Tags) != 0 || !r.Changed.Equal(p.Changed) {
		t.Errorf("%+v", r)
	}
	if r.KeyID != "there" || !r.Accessed.Equal(day) || !r.Versions[0].Accessed.Equal(day) || r.Versions[0].KeyIDs[0] != "old" {
		t.Errorf("%+v", r)
	}
	r.Touch(birth.Add(2 * time.Hour)) // as a change of its key does
	if r.Follow(p); !r.Changed.Equal(birth.Add(2 * time.Hour)) {
		t.Errorf("LastChangedDate went back to %v", r.Changed)
	}
	p.Versions[0].Labels[0] = "changed"
	if labels(r) != "v1[AWSCURRENT]" {
		t.Error("the replica shares its labels with the primary")
	}
}

func TestReplicaStatus(t *testing.T) {
	p := newSecret()
	r := secret.NewReplica(p, abroad, "", true, birth)
	want := func(what string, status secret.ReplicaStatus, message string, next time.Time) {
		t.Helper()
		if r.Status != status || r.Message != message || !r.NextAttempt.Equal(next) {
			t.Errorf("%s: %+v", what, r)
		}
	}
	want("asked for", secret.ReplicaInProgress, "", birth)
	if !r.Due(birth) || r.Due(birth.Add(-time.Second)) {
		t.Error("a replica that was asked for is due at once, and not before")
	}
	r.Retry("no", time.Minute, 0, birth)
	want("failed", secret.ReplicaFailed, "Replication failed: no", birth.Add(time.Minute))
	r.Retry("no", time.Minute, 0, birth)
	want("failed again", secret.ReplicaFailed, "Replication failed: no", birth.Add(2*time.Minute))
	r.Succeed()
	want("copied", secret.ReplicaInSync, "Replication succeeded", time.Time{})
	if r.Due(birth) || r.Overwrite || r.Failures != 0 {
		t.Errorf("after a success: %+v", r)
	}
	r.Refuse("never")
	want("refused", secret.ReplicaFailed, "Replication failed: never", time.Time{})
}

func TestYields(t *testing.T) {
	p, other := newSecret(), newSecret()
	for _, overwrite := range []bool{false, true} {
		r := secret.NewReplica(p, abroad, "", overwrite, birth)
		want := map[bool]string{false: "Secret name prod/app/db already exists in region us-east-1."}[overwrite]
		if got := r.Yields(other); got != want {
			t.Errorf("overwrite %v: %q", overwrite, got)
		}
		const itself = "Secret name prod/app/db in region us-east-1 is replicated itself."
		if got := r.Yields(&secret.Secret{ARN: other.ARN, Replicated: true}); got != itself {
			t.Errorf("a primary yields: %q", got)
		}
		if got := r.Yields(&secret.Secret{ARN: other.ARN, ReplicaOf: "eu-west-2"}); got != itself {
			t.Errorf("another's replica yields: %q", got)
		}
	}
}

func TestReplicaRefusals(t *testing.T) {
	p := newSecret()
	for _, regions := range [][]string{{"eu-west-1"}, {abroad, "eu-west-1"}, {""}} {
		wantFault(t, p.CheckReplicaRegions(regions), fault.InvalidParameter, "Invalid replica region.")
	}
	wantFault(t, p.CheckReplicaRegions([]string{abroad, "eu-west-2", abroad}), fault.InvalidParameter,
		"Invalid replica region. Region us-east-1 is given more than once.")
	if err := p.CheckReplicaRegions([]string{abroad, "eu-west-2"}); err != nil {
		t.Error(err)
	}
	wantFault(t, p.StillReplicated([]*secret.Replica{{Region: "eu-west-2"}, {Region: abroad}}), fault.InvalidParameter,
		"You can't delete secret "+p.ARN.String()+" that still has replica regions [eu-west-2, us-east-1].")
	if err := p.StillReplicated(nil); err != nil {
		t.Error(err)
	}
	wantFault(t, p.Promote(birth), fault.InvalidParameter,
		"Secret "+p.ARN.String()+" is not a replica: there is no replication to stop.")
	r := p.ReplicaIn(abroad, "", birth)
	if err := r.Promote(birth.Add(time.Hour)); err != nil || r.IsReplica() || r.PrimaryRegion() != "" || !r.Changed.Equal(birth.Add(time.Hour)) {
		t.Errorf("promoted: %v, %+v", err, r)
	}
}

func TestPrimaryRegionFilter(t *testing.T) {
	primary, replica, alone := newSecret(), newSecret().ReplicaIn(abroad, "", birth), newSecret()
	primary.Replicated = true
	for value, want := range map[string][3]bool{
		"eu-west-1": {true, true, false}, "eu-": {true, true, false}, "us-east-1": {}, "!eu-west-1": {false, false, true}, "": {true, true, false},
	} {
		f := secret.Filters{{Key: "primary-region", Values: []string{value}}}
		if got := [3]bool{f.Match(primary), f.Match(replica), f.Match(alone)}; got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}
