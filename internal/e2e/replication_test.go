package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// abroad is where replicas are; secrets are made in us-east-1.
const abroad = "eu-south-2"

// Abroad is the SDK in the region of replicas.
func (s *server) Abroad() *sdk.Client {
	s.t.Helper()
	return s.Client(config.WithRegion(abroad))
}

// createReplicated makes a secret with a replica abroad.
func createReplicated(t testing.TB, c *sdk.Client, name, text string) (arn string) {
	t.Helper()
	out, err := c.CreateSecret(t.Context(), &sdk.CreateSecretInput{
		Name: &name, SecretString: &text, AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(abroad)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ARN
}

// follows waits until the replica of a secret has all that the secret has.
func (s *server) follows(name, want string) {
	s.t.Helper()
	here, there, ctx := s.Client(), s.Abroad(), s.t.Context()
	eventually(s.t, name+" is "+want+" abroad", func() (bool, any) {
		copied, err := there.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: &name})
		if err != nil {
			return false, err
		}
		primary, err := here.DescribeSecret(ctx, &sdk.DescribeSecretInput{SecretId: &name})
		if err != nil {
			return false, err
		}
		replica, err := there.DescribeSecret(ctx, &sdk.DescribeSecretInput{SecretId: &name})
		if err != nil {
			return false, err
		}
		equal := *copied.SecretString == want && fmt.Sprint(primary.VersionIdsToStages) == fmt.Sprint(replica.VersionIdsToStages) &&
			len(primary.ReplicationStatus) == 1 && primary.ReplicationStatus[0].Status == types.StatusTypeInSync
		return equal, fmt.Sprintf("%q, %v and %v, %+v", *copied.SecretString, primary.VersionIdsToStages, replica.VersionIdsToStages, primary.ReplicationStatus)
	})
}

func (s *server) put(name, text string, options ...func(*sdk.Options)) error {
	s.t.Helper()
	_, err := s.Client().PutSecretValue(s.t.Context(), &sdk.PutSecretValueInput{SecretId: &name, SecretString: &text}, options...)
	return err
}

// TestReplication follows a replica from its creation to its promotion.
func TestReplication(t *testing.T) {
	t.Parallel()
	s := serve(t)
	arn := createReplicated(t, s.Client(), "copied", "first")
	s.follows("copied", "first")
	if err := s.put("copied", "second"); err != nil {
		t.Fatal(err)
	}
	s.follows("copied", "second")
	there := s.Abroad()
	_, err := there.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("copied"), SecretString: aws.String("x")})
	wantCode(t, err, "InvalidParameterException", "Call must be made in primary secret's region.")
	_, err = s.Client().DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: &arn})
	wantCode(t, err, "InvalidParameterException", "still has replica regions [eu-south-2].")
	s.Restart()
	there = s.Abroad()
	promoted, err := there.StopReplicationToReplica(t.Context(), &sdk.StopReplicationToReplicaInput{SecretId: aws.String("copied")})
	if err != nil || *promoted.ARN != strings.Replace(arn, "us-east-1", abroad, 1) {
		t.Fatal(promoted, err)
	}
	if err := s.put("copied", "third"); err != nil {
		t.Fatal(err)
	}
	if _, err := there.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: promoted.ARN, SecretString: aws.String("own")}); err != nil {
		t.Fatal(err)
	}
	if got := value(t, there, "copied"); got != "own" {
		t.Errorf("promoted, it holds %q", got)
	}
	var seen []string
	for _, e := range s.Events() {
		if strings.HasPrefix(e.EventName, "Replication") {
			seen = append(seen, e.EventName)
		}
	}
	if got := strings.Join(seen, " "); got != "ReplicationStarted ReplicationSucceeded ReplicationSucceeded" {
		t.Errorf("the events are %s", got)
	}
}

// TestKillWhileCopying kills the server with SIGKILL right after the change and
// at every boundary of the copy. Started again, it brings the replica level with
// nobody's help.
func TestKillWhileCopying(t *testing.T) {
	t.Parallel()
	for _, failpoint := range []string{"replica:found", "replica:copying", "replica:copied"} {
		t.Run(failpoint, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			createReplicated(t, s.Client(), "copied", "first")
			s.follows("copied", "first")
			s.Stop()
			s.Failpoint = failpoint
			s.Start()
			s.put("copied", "second", once) // its answer may be lost
			s.DiesBySIGKILL()
			s.Failpoint = ""
			s.Start()
			s.follows("copied", "second")
		})
	}
}

// TestReplicaFollowsRotation: what a rotation made, a replica has.
func TestReplicaFollowsRotation(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.newRotating(single)
	_, err := s.Client().ReplicateSecretToRegions(t.Context(), &sdk.ReplicateSecretToRegionsInput{
		SecretId: &r.Name, AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(abroad)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Rotate()
	r.Succeeds()
	r.Rotated(r.First)
	s.follows(r.Name, value(t, s.Client(), r.Name))
	parse[login](t, value(t, s.Abroad(), r.Name)).works(t)
	d, err := s.Abroad().DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &r.Name})
	if err != nil || d.LastRotatedDate == nil || d.RotationEnabled != nil || d.NextRotationDate != nil {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestReplicationByTwoServers has two servers on one PostgreSQL write and copy
// the same secrets.
func TestReplicationByTwoServers(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.Start()
	b.Start()
	const secrets, writes = 4, 10
	var writers sync.WaitGroup
	for i := range secrets {
		name := fmt.Sprint("copied/", i)
		createReplicated(t, a.Client(), name, "first")
		for _, s := range []*server{a, b} {
			writers.Go(func() {
				for n := range writes {
					if err := s.put(name, fmt.Sprintf("%d by %s", n, s.URL)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	writers.Wait()
	for i := range secrets {
		name := fmt.Sprint("copied/", i)
		last := value(t, a.Client(), name)
		b.follows(name, last)
		for _, e := range append(a.Events(), b.Events()...) {
			if e.EventName == "ReplicationFailed" {
				t.Errorf("%+v", e)
			}
		}
	}
}

// TestReplicasComeAndGo has two servers make, promote, delete and copy the same
// replicas at once: none waits for another for ever, and all end level.
func TestReplicasComeAndGo(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.Start()
	b.Start()
	const name, rounds = "busy", 25
	createReplicated(t, a.Client(), name, "first")
	here, there, ctx := a.Client(), b.Abroad(), t.Context()
	again := &sdk.ReplicateSecretToRegionsInput{
		SecretId: aws.String(name), ForceOverwriteReplicaSecret: true, AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(abroad)}},
	}
	calls := []func() error{
		func() error { return a.put(name, "a") },
		func() error { return b.put(name, "b") },
		func() error { _, err := here.ReplicateSecretToRegions(ctx, again); return err },
		func() error {
			_, err := there.StopReplicationToReplica(ctx, &sdk.StopReplicationToReplicaInput{SecretId: aws.String(name)})
			return err
		},
		func() error {
			_, err := here.RemoveRegionsFromReplication(ctx, &sdk.RemoveRegionsFromReplicationInput{SecretId: aws.String(name), RemoveReplicaRegions: []string{abroad}})
			return err
		},
		func() error {
			_, err := there.GetSecretValue(ctx, &sdk.GetSecretValueInput{SecretId: aws.String(name)})
			return err
		},
	}
	var callers sync.WaitGroup
	for _, call := range calls {
		callers.Go(func() {
			for range rounds {
				if err := call(); err != nil && !expected(err) {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	if _, err := here.ReplicateSecretToRegions(ctx, again); err != nil {
		t.Fatal(err)
	}
	a.follows(name, value(t, here, name))
}

// expected tells whether a replica may refuse what others do to it meanwhile.
func expected(err error) bool {
	return strings.Contains(err.Error(), "ResourceNotFoundException") || strings.Contains(err.Error(), "is not a replica")
}
