package secretsmanager

// operations is the table of what Secrets Manager can do.
var operations = []operation{
	read("BatchGetSecretValue", (*Service).batchGetSecretValue),
	write("CancelRotateSecret", (*Service).cancelRotateSecret),
	write("CreateSecret", (*Service).createSecret),
	write("DeleteResourcePolicy", (*Service).deleteResourcePolicy),
	write("DeleteSecret", (*Service).deleteSecret),
	read("DescribeSecret", (*Service).describeSecret),
	read("GetRandomPassword", (*Service).getRandomPassword),
	read("GetResourcePolicy", (*Service).getResourcePolicy),
	read("GetSecretValue", (*Service).getSecretValue),
	read("ListSecretVersionIds", (*Service).listSecretVersionIDs),
	read("ListSecrets", (*Service).listSecrets),
	write("PutResourcePolicy", (*Service).putResourcePolicy),
	write("PutSecretValue", (*Service).putSecretValue),
	write("RemoveRegionsFromReplication", (*Service).removeRegionsFromReplication),
	write("ReplicateSecretToRegions", (*Service).replicateSecretToRegions),
	write("RestoreSecret", (*Service).restoreSecret),
	write("RotateSecret", (*Service).rotateSecret),
	onReplica(write("StopReplicationToReplica", (*Service).stopReplicationToReplica)),
	write("TagResource", (*Service).tagResource),
	write("UntagResource", (*Service).untagResource),
	onReplica(write("UpdateSecret", (*Service).updateSecret)),
	write("UpdateSecretVersionStage", (*Service).updateSecretVersionStage),
	read("ValidateResourcePolicy", (*Service).validateResourcePolicy),
}

// operatorOperations is the table of what AWS lacks.
var operatorOperations = []operation{
	write("CreateFreeze", (*Service).createFreeze),
	write("DeleteFreeze", (*Service).deleteFreeze),
	read("DescribeRotation", (*Service).describeRotation),
	read("ListFreezes", (*Service).listFreezes),
	read("ListRotations", (*Service).listRotations),
	write("ManageSecret", (*Service).manageSecret),
	write("RetryRotation", (*Service).retryRotation),
	write("StartRotation", (*Service).startRotation),
}

// operation is one row: how to read the input and what to run.
type operation struct {
	name      string
	readOnly  bool
	onReplica bool // a write that a replica takes too
	newInput  func() any
	newOutput func() any
	run       func(s *Service, c *call, in any) (any, error)
}

func read[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	op := write(name, fn)
	op.readOnly = true
	return op
}

func write[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	return operation{
		name:      name,
		newInput:  func() any { return new(I) },
		newOutput: func() any { return new(O) },
		run: func(s *Service, c *call, in any) (any, error) {
			out, err := fn(s, c, in.(*I))
			if err != nil {
				return nil, err // a nil *O in an interface would not be nil
			}
			return out, nil
		},
	}
}

// onReplica lets a write through to replicas, which refuse all others.
func onReplica(op operation) operation {
	op.onReplica = true
	return op
}

// nothing is the input or output of an operation without members.
type nothing struct{}
