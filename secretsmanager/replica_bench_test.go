package secretsmanager_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/replication"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// abroad is the region of replicas.
const abroad = "us-east-1"

// in has the next calls made in another region.
func (b *bench) in(region string) { b.as(iam.NewRoot(account, region, "AKIATEST")) }

// replicates runs a replicator until the end of the test.
func (b *bench) replicates(t *testing.T) {
	t.Helper()
	r := replication.New(replication.Config{
		Store: b.store, Ring: b.ring, Committed: func() {}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
	})
}

// standing writes how the copies of a secret stand, once none is under way:
// "us-east-1 InSync: Replication succeeded".
func (b *bench) standing(t *testing.T, id string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		got := copies(b.describe(t, id))
		if !strings.Contains(got, "InProgress") {
			return got
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-limit:
			t.Fatalf("%s stays at %s", id, got)
		}
	}
}

func copies(d *sdk.DescribeSecretOutput) string {
	var out []string
	for _, r := range d.ReplicationStatus {
		out = append(out, fmt.Sprintf("%s %s: %s", *r.Region, r.Status, aws.ToString(r.StatusMessage)))
	}
	return strings.Join(out, "; ")
}

// replica puts a replica in the region of the bench without a primary: as if it
// followed one in another region. It gives its ARN.
func (b *bench) replica(t *testing.T, name string) string {
	t.Helper()
	elsewhere := secret.New(secret.ARN{Region: abroad, Account: account, Name: name, Suffix: "AbCdEf"}, b.Now())
	sec := elsewhere.ReplicaIn(region, "", b.Now())
	if err := b.store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSecret(sec) }); err != nil {
		t.Fatal(err)
	}
	return sec.ARN.String()
}
