package secretsmanager_test

import (
	"testing"

	"github.com/alberti-dev/alberti/iam"
)

// there is root in the region that replicate copies db to.
var there = iam.NewRoot(account, "eu-west-2", "AKIATEST")

// replicate copies db to eu-west-2.
func replicate(t *testing.T, b *bench) { b.replicateTo(t, "db") }

// replicateTo copies a secret to eu-west-2, and waits until that is done or
// refused.
func (b *bench) replicateTo(t *testing.T, id string) {
	b.replicates(t)
	b.post(t, "ReplicateSecretToRegions", `{"SecretId":"`+id+`","AddReplicaRegions":[{"Region":"eu-west-2"}]}`)
	b.standing(t, id)
}

// replicaErrors are of replication; "called on a replica" is in stateErrors.
func replicaErrors() map[situation]reproduction {
	return map[situation]reproduction{
		{"CreateSecret", "replica in the same region"}:              {body: `{"Name":"new","ClientRequestToken":"$v1","AddReplicaRegions":[{"Region":"eu-west-1"}]}`},
		{"ReplicateSecretToRegions", "region equals the primary's"}: {body: `{"SecretId":"db","AddReplicaRegions":[{"Region":"eu-west-1"}]}`},
		{"DeleteSecret", "primary still has replicas"}: {given: replicate, body: `{"SecretId":"db"}`,
			fill: []string{"<ARN>", "$db", "<r1>, <r2>", "eu-west-2"}},
		{"StopReplicationToReplica", "called on a secret that is not a replica"}: {body: `{"SecretId":"db"}`,
			text: "Secret $db is not a replica: there is no replication to stop."},
		{"ReplicateSecretToRegions", "name exists in target (reported in ReplicationStatus, call is 200)"}: {given: nameTakenThere, send: statusOfReplica,
			fill: []string{"<R>", "eu-west-2"}},
	}
}

func nameTakenThere(t *testing.T, b *bench) {
	b.create(t, "simple", "ours")
	b.As(there)
	b.does(t, "CreateSecret", `{"Name":"simple","ClientRequestToken":"$v1","SecretString":"theirs"}`)
}

// statusOfReplica replicates simple and gives its one ReplicationStatus as if it
// were an error.
func statusOfReplica(t *testing.T, b *bench) reply {
	b.replicateTo(t, "simple")
	out := b.does(t, "DescribeSecret", `{"SecretId":"simple"}`)
	list, _ := out["ReplicationStatus"].([]any)
	if len(list) != 1 {
		return reply{status: 200, raw: asJSON(out)}
	}
	status := list[0].(map[string]any)
	entry := map[string]any{"ErrorCode": "(Status " + status["Status"].(string) + ")", "Message": status["StatusMessage"]}
	return reply{status: 200, raw: asJSON(out), body: map[string]any{"Errors": []any{entry}}}
}
