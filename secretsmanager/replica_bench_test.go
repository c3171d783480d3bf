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
func (b *bench) in(region string) { b.As(iam.NewRoot(account, region, "AKIATEST")) }

// replicates runs a replicator until the end of the test.
func (b *bench) replicates(t *testing.T) {
	t.Helper()
	r := replication.New(replication.Config{
		Store: b.Store, Ring: b.Ring, Committed: func() {}, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
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
	return copies(b.awaits(t, id, func(d *sdk.DescribeSecretOutput) bool { return !strings.Contains(copies(d), "InProgress") }))
}

// awaits asks for a secret again and again until it is as it should be.
func (b *bench) awaits(t *testing.T, id string, ready func(*sdk.DescribeSecretOutput) bool) *sdk.DescribeSecretOutput {
	t.Helper()
	ticker, limit := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer ticker.Stop()
	for {
		d := b.describe(t, id)
		if ready(d) {
			return d
		}
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatalf("%s stays %+v, with copies %s", id, d, copies(d))
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
	if err := b.Store.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSecret(sec) }); err != nil {
		t.Fatal(err)
	}
	return sec.ARN.String()
}
