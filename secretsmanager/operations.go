package secretsmanager

import "github.com/alberti-dev/alberti/door"

// operations is the table of what Secrets Manager can do.
var operations = []door.Row[*Service, *call]{
	door.Read("BatchGetSecretValue", (*Service).batchGetSecretValue),
	door.Write("CancelRotateSecret", (*Service).cancelRotateSecret),
	door.Write("CreateSecret", (*Service).createSecret),
	door.Write("DeleteResourcePolicy", (*Service).deleteResourcePolicy),
	door.Write("DeleteSecret", (*Service).deleteSecret),
	door.Read("DescribeSecret", (*Service).describeSecret),
	door.Read("GetRandomPassword", (*Service).getRandomPassword),
	door.Read("GetResourcePolicy", (*Service).getResourcePolicy),
	door.Read("GetSecretValue", (*Service).getSecretValue),
	door.Read("ListSecretVersionIds", (*Service).listSecretVersionIDs),
	door.Read("ListSecrets", (*Service).listSecrets),
	door.Write("PutResourcePolicy", (*Service).putResourcePolicy),
	door.Write("PutSecretValue", (*Service).putSecretValue),
	door.Write("RemoveRegionsFromReplication", (*Service).removeRegionsFromReplication),
	door.Write("ReplicateSecretToRegions", (*Service).replicateSecretToRegions),
	door.Write("RestoreSecret", (*Service).restoreSecret),
	door.Write("RotateSecret", (*Service).rotateSecret),
	door.Write("StopReplicationToReplica", (*Service).stopReplicationToReplica).With(onReplica),
	door.Write("TagResource", (*Service).tagResource),
	door.Write("UntagResource", (*Service).untagResource),
	door.Write("UpdateSecret", (*Service).updateSecret).With(onReplica),
	door.Write("UpdateSecretVersionStage", (*Service).updateSecretVersionStage),
	door.Read("ValidateResourcePolicy", (*Service).validateResourcePolicy),
}

// operatorOperations is the table of what AWS lacks.
var operatorOperations = []door.Row[*Service, *call]{
	door.Write("CreateFreeze", (*Service).createFreeze),
	door.Write("DeleteFreeze", (*Service).deleteFreeze),
	door.Read("DescribeRotation", (*Service).describeRotation),
	door.Read("ListFreezes", (*Service).listFreezes),
	door.Read("ListRotations", (*Service).listRotations),
	door.Write("ManageSecret", (*Service).manageSecret),
	door.Write("RetryRotation", (*Service).retryRotation),
	door.Write("StartRotation", (*Service).startRotation),
}

// onReplica is a write that a replica takes too.
const onReplica door.Traits = 1
