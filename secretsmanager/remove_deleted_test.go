package secretsmanager_test

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const day = 24 * time.Hour

// remove has the worker look, and gives the date for which it waits next.
func (b *bench) remove(t *testing.T) time.Time {
	t.Helper()
	next, err := b.service.RemoveDeleted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// TestRemoval: a secret goes when its window is over, and not before; its name is
// free then (secrets-manager.md, 2.10).
func TestRemoval(t *testing.T) {
	b := newBench(t)
	old := b.create(t, "db", "one")
	b.put(t, "db", "v0", "two")
	b.create(t, "stays", "x")
	b.does(t, "RotateSecret", rotateDB)
	b.does(t, "DeleteSecret", `{"SecretId":"db","RecoveryWindowInDays":7}`)
	end := b.Now().Add(7 * day)
	b.Advance(7*day - time.Microsecond)
	if next := b.remove(t); !next.Equal(end) {
		t.Errorf("waits for %v, want %v", next, end)
	}
	b.describe(t, "db")
	b.Advance(time.Microsecond)
	b.events(t)
	if next := b.remove(t); !next.IsZero() {
		t.Errorf("waits for %v", next)
	}
	gone := named(b.events(t), "EndSecretVersionDelete")
	if len(gone) != 3 || !gone[0].Outbox || gone[0].EventType != "AwsServiceEvent" || gone[0].AdditionalEventData.SecretID != old {
		t.Errorf("%+v", gone) // of both versions, and of the one that a rotation was making
	}
	for _, operation := range []string{"DescribeSecret", "GetSecretValue", "RestoreSecret", "ListSecretVersionIds"} {
		b.refuses(t, operation, `{"SecretId":"db"}`, "ResourceNotFoundException", notFound)
	}
	if got := b.names(t, &sdk.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true)}); got != "stays" {
		t.Errorf("listed: %s", got)
	}
	if len(b.gone) != 1 || b.gone[0] != old {
		t.Errorf("gone: %v", b.gone)
	}
	b.Advance(time.Second)
	if b.create(t, "db", "new") == old || b.value(t, "db", "", "") != "new" {
		t.Error("the name is not free")
	}
	forced := b.does(t, "DeleteSecret", `{"SecretId":"db","ForceDeleteWithoutRecovery":true}`)["ARN"]
	if len(b.gone) != 2 || b.gone[1] != forced {
		t.Errorf("gone: %v", b.gone)
	}
}

// TestRestoredIsNotRemoved: also after the date, until it is really gone.
func TestRestoredIsNotRemoved(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"db","RecoveryWindowInDays":7}`)
	b.Advance(8 * day)
	b.does(t, "RestoreSecret", `{"SecretId":"db"}`)
	if next := b.remove(t); !next.IsZero() {
		t.Errorf("waits for %v", next)
	}
	if got := b.value(t, "db", "", ""); got != "one" {
		t.Error(got)
	}
}

// TestManyRemovals: more than one commit takes, with several at work.
func TestManyRemovals(t *testing.T) {
	b := newBench(t)
	const n = 50
	for i := range n {
		b.create(t, fmt.Sprint("s", i), "x")
		b.does(t, "DeleteSecret", fmt.Sprintf(`{"SecretId":"s%d","RecoveryWindowInDays":7}`, i))
	}
	b.Advance(7 * day)
	b.events(t)
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() { b.remove(t) })
	}
	workers.Wait()
	if got := b.names(t, &sdk.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true)}); got != "" {
		t.Errorf("left: %s", got)
	}
	if got := len(named(b.events(t), "EndSecretVersionDelete")); got != n {
		t.Errorf("%d events, want %d", got, n)
	}
}

// TestNoRemovalUnaudited: what cannot be audited does not happen.
func TestNoRemovalUnaudited(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	b.Advance(31 * day)
	mend := breaks["no directory"](t, filepath.Join(b.Dir, "audit"))
	b.post(t, "ListSecrets", `{}`) // a call finds out
	if _, err := b.service.RemoveDeleted(t.Context()); err == nil {
		t.Error("removed unaudited")
	}
	mend()
	b.describe(t, "db")
}
